import type { Chapter } from '../chapter.ts';
import { ALIAS, LOGIN, POD } from './parent.ts';

export const alias: Chapter = {
  title: 'The alias works in the pod from its start, and the cluster DNS knows nothing of it',
  async execute(run) {
    const env = await run.exec(POD, 'env | grep ^HTTPS_PROXY=');
    run.check('HTTPS_PROXY names it', env.stdout.trim() === `HTTPS_PROXY=http://${ALIAS}:3128`, env.stdout);
    const hosts = await run.exec(POD, `getent hosts ${ALIAS}`);
    const service = await run.sh(
      "kubectl get service squid-proxy -n intra-proxy -o jsonpath='{.spec.clusterIP}'",
    );
    run.check(
      "it leads to the Service's address",
      hosts.stdout.startsWith(`${service.stdout} `),
      hosts.stdout,
    );
    const dns = await run.exec(POD, `dig +short ${ALIAS}`);
    run.check('DNS does not know it', dns.stdout.trim() === '', dns.stdout);
    const test = await run.sh(
      'kubectl exec -i -n api api -- sh < manifests/examples/intra-proxy/test-proxy.sh',
      { show: 40 },
    );
    run.check(
      "the article's connectivity test: exit code 0",
      test.stdout.includes('Exit code: 0'),
      test.stdout,
    );
    const curl = await run.exec(
      POD,
      'curl -sS -o /dev/null -w "%{http_code}" https://login.microsoftonline.com',
    );
    run.check('curl https://login.microsoftonline.com', curl.stdout === '200', curl.stderr);
    run.say(`what is below the names passes too: device.login.microsoftonline.com; ${LOGIN} itself does`);
    const below = await run.exec(
      POD,
      'curl -sS -o /dev/null -w "%{http_code}" https://device.login.microsoftonline.com',
    );
    run.check('curl https://device.login.microsoftonline.com', below.stdout === '200', below.stderr);
  },
};
