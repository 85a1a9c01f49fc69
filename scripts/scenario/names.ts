import type { Chapter } from './chapter.ts';
import { CONNECT_STATUS, ruleSet, STATUS } from './stage.ts';

export const namesPass: Chapter = {
  title: 'Without a rule nothing leaves; what a rule set names may leave, name by name',
  async execute(run) {
    const before = await run.exec('my-app/api', `${STATUS} http://a.example.org/; true`);
    run.check('nothing leaves before there is a rule', before.stdout === '403', before.stdout);

    await ruleSet(run, 'my-app', 'my-app-targets', ['mydependency1.example.com:443', '*.example.org:80']);

    const https = await run.exec('my-app/api', `${STATUS} https://mydependency1.example.com/`);
    run.check('HTTPS to an allowed name passes, not decrypted', https.stdout === '200', https.stderr);
    for (const host of ['a.example.org', 'b.a.example.org']) {
      const http = await run.exec('my-app/api', `${STATUS} http://${host}/`);
      run.check(`*.example.org:80 lets ${host} pass`, http.stdout === '200', http.stdout + http.stderr);
    }
    const apex = await run.exec('my-app/api', `${STATUS} http://example.org/`);
    run.check('*.example.org does not include example.org itself', apex.stdout === '403', apex.stdout);
    const port = await run.exec('my-app/api', `${CONNECT_STATUS} https://a.example.org/; true`);
    run.check('nor for another port', port.stdout.startsWith('403'), port.stdout);
  },
};

export const refusalHelps: Chapter = {
  title: 'A refusal says which pod, what, why, and the line that would allow it',
  async execute(run) {
    const page = await run.exec('my-app/api', 'curl -sS -m 10 http://forbidden.example.com/');
    run.check(
      'plain HTTP: the page names pod and namespace',
      /my-app.*api|api.*my-app/.test(page.stdout),
      page.stdout,
    );
    run.check(
      'and gives the line to add',
      page.stdout.includes('forbidden.example.com:80') && page.stdout.includes('EgressRuleSet'),
      page.stdout,
    );
    const connect = await run.exec(
      'my-app/api',
      `curl -v -sS -m 10 https://forbidden.example.com/ 2>&1 | grep -iE '^< (HTTP|x-egress)|^curl'`,
    );
    run.check(
      'CONNECT: curl -v shows X-Egress-Decision with reason and line',
      /x-egress-decision: .*forbidden\.example\.com:443.*EgressRuleSet/i.test(connect.stdout),
      connect.stdout,
    );
    await run.eventually("the pod's Events say the same", async () => {
      const events = await run.sh(
        `kubectl get events -n my-app --field-selector involvedObject.name=api -o jsonpath='{range .items[*]}{.reason}: {.message}{"\\n"}{end}' | grep forbidden.example.com`,
        { show: 0 },
      );
      return events.stdout.includes('EgressRuleSet');
    });
    await run.sh(
      `kubectl get events -n my-app --field-selector involvedObject.name=api | grep forbidden.example.com`,
      { show: 4 },
    );
  },
};
