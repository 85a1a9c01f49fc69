import type { Chapter } from '../chapter.ts';
import { ruleSet } from '../stage.ts';
import { auditLines, POD, vmLog } from './parent.ts';

export const bothLists: Chapter = {
  title:
    "Two lists: ours refuses first; what it lets pass the parent's own list can still refuse, and says so",
  async execute(run) {
    const ours = await run.exec(POD, 'curl -v -sS -o /dev/null https://evil.test/ 2>&1 | grep "^<"');
    run.check(
      'refused by ours',
      ours.stdout.includes('X-Egress-Decision: Pod api/api may not reach evil.test:443'),
      ours.stdout,
    );
    run.check('and the parent gets no request', (await vmLog('evil.test')).length === 0);
    await ruleSet(run, 'api', 'too-much', ['www.example.com:443', 'www.example.com:80'], { show: 0 });
    const theirs = await run.exec(POD, 'curl -v -sS -o /dev/null https://www.example.com/ 2>&1 | grep "^<"');
    run.check(
      'allowed by ours, refused by the parent: its 403 and its name',
      theirs.stdout.includes('403 Forbidden') && /Via: .*int-proxy.aibang.com/.test(theirs.stdout),
      theirs.stdout,
    );
    await run.eventually('our audit line has the status that the parent answered', async () => {
      const lines = await auditLines('www.example.com:443');
      return lines.some(({ upstream, upstreamStatus }) => upstream === 'int-proxy' && upstreamStatus === 403);
    });
    await run.sh('kubectl delete egressruleset too-much -n api', { show: 0 });
  },
};
