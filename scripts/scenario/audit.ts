import type { Chapter } from './story.ts';

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
  async tell(story) {
    await story.exec('my-app/api', 'curl -sS -o /dev/null -m 10 https://mydependency1.example.com/audited', {
      show: 0,
    });
    let line: AuditLine | undefined;
    await story.eventually('the call is in the log', async () => {
      const log = await story.sh(
        `kubectl logs -n egress-proxy -l app=squid --tail=-1 | grep '"mydependency1.example.com:443"' | grep '"my-app"' | tail -1`,
        { show: 0 },
      );
      if (log.stdout.trim() === '') return false;
      line = JSON.parse(log.stdout) as AuditLine;
      return true;
    });
    if (line === undefined) return;
    story.say(JSON.stringify(line));
    story.check('which pod', line.namespace === 'my-app' && line.pod === 'api', JSON.stringify(line));
    story.check('when', !Number.isNaN(Date.parse(line.time)), line.time);
    story.check('which name', line.target === 'mydependency1.example.com:443', line.target);
    story.check('by which rule', line.rule === 'my-app/my-app-targets#0', line.rule);
  },
};
