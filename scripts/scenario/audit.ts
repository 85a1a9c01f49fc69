import type { Chapter } from './chapter.ts';

interface AuditLine {
  time: string;
  namespace: string;
  pod: string;
  target: string;
  verdict: string;
  rule: string;
}

export const audited: Chapter = {
  title: 'The audit log answers: which pod, when, which name, by which rule',
  async execute(run) {
    await run.exec('my-app/api', 'curl -sS -o /dev/null -m 10 https://mydependency1.example.com/audited', {
      show: 0,
    });
    let line: AuditLine | undefined;
    await run.eventually('the call is in the log', async () => {
      const log = await run.sh(
        `kubectl logs -n egress-proxy -l app=squid --tail=-1 | grep '"mydependency1.example.com:443"' | grep '"my-app"' | tail -1`,
        { show: 0 },
      );
      if (log.stdout.trim() === '') return false;
      line = JSON.parse(log.stdout) as AuditLine;
      return true;
    });
    if (line === undefined) return;
    run.say(JSON.stringify(line));
    run.check('which pod', line.namespace === 'my-app' && line.pod === 'api', JSON.stringify(line));
    run.check('when', !Number.isNaN(Date.parse(line.time)), line.time);
    run.check('which name', line.target === 'mydependency1.example.com:443', line.target);
    run.check('by which rule', line.rule === 'my-app/my-app-targets#0', line.rule);
  },
};
