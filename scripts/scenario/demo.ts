/** Runs a scenario and shows it on the terminal; exit code 1 when a check failed. */
import { ChapterRun, scenarios } from './index.ts';

const name = process.argv[2] ?? 'main';
const scenario = scenarios[name];
if (scenario === undefined)
  throw new Error(`there is no scenario ${name}: ${Object.keys(scenarios).join(', ')}`);
const { chapters, namespaces, look } = scenario;

const began = Date.now();
const elapsed = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;

const failed: string[] = [];
let passed = 0;
for (const [index, chapter] of chapters.entries()) {
  process.stdout.write(`\n[${index + 1}/${chapters.length}] ${chapter.title}   (${elapsed()})\n`);
  const run = new ChapterRun((text) => process.stdout.write(text));
  try {
    await chapter.execute(run);
  } catch (fault) {
    run.check('the chapter ran to its end', false, String(fault));
  }
  for (const check of run.checks) {
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
${look.map((line) => `  ${line}\n`).join('')}Tear down:
  kubectl delete namespace ${namespaces.join(' ')} --ignore-not-found
  scripts/cluster down
`);
process.exitCode = failed.length === 0 ? 0 : 1;
