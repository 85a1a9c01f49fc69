/** Tells the story to a terminal; exit code 1 when a check failed. */
import { Story, story, storyNamespaces } from './index.ts';

const began = Date.now();
const elapsed = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;

const failed: string[] = [];
let passed = 0;
for (const [index, chapter] of story.entries()) {
  process.stdout.write(`\n[${index + 1}/${story.length}] ${chapter.title}   (${elapsed()})\n`);
  const teller = new Story((text) => process.stdout.write(text));
  try {
    await chapter.tell(teller);
  } catch (fault) {
    teller.check('the chapter was told to its end', false, String(fault));
  }
  for (const check of teller.checks) {
    if (check.passed) passed += 1;
    else failed.push(`${chapter.title}: ${check.what}`);
  }
}

process.stdout.write(`
${'='.repeat(100)}
${passed} checks passed, ${failed.length} failed, in ${elapsed()}
${failed.map((line) => `  FAIL  ${line}\n`).join('')}
Look around:
  export KUBECONFIG=$(scripts/cluster kubeconfig)
  kubectl get egressproxies,egressrulesets,clusteregressrulesets,egressactivities -A
  kubectl describe egressproxy squid -n egress-proxy
  kubectl logs -n egress-proxy -l app=squid -f              # the audit log
  kubectl exec -n my-app api -- curl -v https://forbidden.example.com/
Tear down:
  kubectl delete namespace ${storyNamespaces.join(' ')} --ignore-not-found
  scripts/cluster down
`);
process.exitCode = failed.length === 0 ? 0 : 1;
