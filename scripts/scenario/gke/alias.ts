import type { Chapter } from '../story.ts';
import { ALIAS, LOGIN, POD } from './parent.ts';

export const alias: Chapter = {
  title: 'The alias works in the pod from its start, and the cluster DNS knows nothing of it',
  async tell(story) {
    const env = await story.exec(POD, 'env | grep ^HTTPS_PROXY=');
    story.check('HTTPS_PROXY names it', env.stdout.trim() === `HTTPS_PROXY=http://${ALIAS}:3128`, env.stdout);
    const hosts = await story.exec(POD, `getent hosts ${ALIAS}`);
    const service = await story.sh(
      "kubectl get service squid-proxy -n intra-proxy -o jsonpath='{.spec.clusterIP}'",
    );
    story.check(
      "it leads to the Service's address",
      hosts.stdout.startsWith(`${service.stdout} `),
      hosts.stdout,
    );
    const dns = await story.exec(POD, `dig +short ${ALIAS}`);
    story.check('DNS does not know it', dns.stdout.trim() === '', dns.stdout);
    const test = await story.sh(
      'kubectl exec -i -n api api -- sh < manifests/examples/intra-proxy/test-proxy.sh',
      { show: 40 },
    );
    story.check(
      "the article's connectivity test: exit code 0",
      test.stdout.includes('Exit code: 0'),
      test.stdout,
    );
    const curl = await story.exec(
      POD,
      'curl -sS -o /dev/null -w "%{http_code}" https://login.microsoftonline.com',
    );
    story.check('curl https://login.microsoftonline.com', curl.stdout === '200', curl.stderr);
    story.say(`what is below the names passes too: device.login.microsoftonline.com; ${LOGIN} itself does`);
    const below = await story.exec(
      POD,
      'curl -sS -o /dev/null -w "%{http_code}" https://device.login.microsoftonline.com',
    );
    story.check('curl https://device.login.microsoftonline.com', below.stdout === '200', below.stderr);
  },
};
