import type { Chapter } from './chapter.ts';
import { CONNECT_STATUS, ruleSet, STATUS, setStage, startPods } from './stage.ts';

const PROXY = 'egressproxy/squid -n egress-proxy';

export const observe: Chapter = {
  title: 'Observe: a missing rule refuses nothing, and what enforce would refuse is logged as such',
  async execute(run) {
    await setStage(run, { namespace: 'watched', mode: 'observe', pods: [{ name: 'api' }] });
    const call = await run.exec('watched/api', `${STATUS} http://unlisted.example.com/`);
    run.check('a call without a rule passes', call.stdout === '200', call.stdout);
    await run.eventually('and is in the audit log with wouldDeny', async () => {
      const log = await run.sh(
        `kubectl logs -n egress-proxy -l app=squid --tail=-1 | grep unlisted.example.com | grep watched`,
        { show: 0 },
      );
      return log.stdout.includes('"wouldDeny"') && log.stdout.includes('NoMatchingRule');
    });
    await run.sh(`kubectl logs -n egress-proxy -l app=squid --tail=-1 | grep unlisted.example.com | tail -1`);
  },
};

export const defaultMode: Chapter = {
  title: 'defaultMode Enforce reaches a new namespace without a label',
  async execute(run) {
    await run.sh(
      `kubectl patch ${PROXY} --type=merge -p '{"spec":{"defaultMode":"Enforce","exemptNamespaces":["bystander","closed-proxy","default","kube-public","kube-node-lease"]}}'`,
    );
    await run.sh(`kubectl wait ${PROXY} --for=condition=Programmed --timeout=60s`, {
      timeoutSeconds: 70,
    });
    await setStage(run, { namespace: 'newcomer', pods: [] });
    await run.eventually('the webhook serves its pods', async () => {
      const dry = 'kubectl run api -n newcomer --image=x --dry-run=server -o yaml';
      return (await run.sh(dry, { show: 0 })).stdout.includes('HTTPS_PROXY');
    });
    await startPods(run, 'newcomer', [{ name: 'api' }]);
    const env = await run.exec('newcomer/api', 'env | grep -c ^HTTPS_PROXY=; true');
    run.check('its pod is injected', env.stdout.trim() === '1', env.stdout);
    const refused = await run.exec(
      'newcomer/api',
      `${CONNECT_STATUS} https://mydependency1.example.com/; true`,
    );
    run.check('and nothing leaves', refused.stdout.startsWith('403'), refused.stdout);
    await run.eventually('nor around the proxy', async () => {
      const direct = await run.exec(
        'newcomer/api',
        `curl --noproxy '*' -s -o /dev/null -m 2 http://203.0.113.10/`,
        {
          show: 0,
        },
      );
      return direct.code === 28;
    });
    await run.sh('kubectl delete namespace newcomer --timeout=60s', { timeoutSeconds: 70 });
    await run.sh(
      `kubectl patch ${PROXY} --type=merge -p '{"spec":{"defaultMode":"None","exemptNamespaces":[]}}'`,
    );
  },
};

export const narrowed: Chapter = {
  title: 'With pod-selector only matching pods of a namespace are controlled',
  async execute(run) {
    await setStage(run, {
      namespace: 'narrow',
      mode: 'enforce',
      annotations: { 'egress.zalando.org/pod-selector': 'app=api' },
      pods: [{ name: 'api' }, { name: 'beside' }],
    });
    const api = await run.exec('narrow/api', 'env | grep -c ^HTTPS_PROXY=; true');
    run.check('the pod that matches is injected', api.stdout.trim() === '1', api.stdout);
    const beside = await run.exec('narrow/beside', 'env | grep -c ^HTTPS_PROXY=; true');
    run.check('the pod beside is not', beside.stdout.trim() === '0', beside.stdout);
    const direct = await run.exec('narrow/beside', `${STATUS} http://203.0.113.10/`);
    run.check('and goes out directly, as before', direct.stdout === '200', direct.stdout);
    await run.eventually('the pod that matches cannot', async () => {
      const around = `curl --noproxy '*' -s -o /dev/null -m 3 http://203.0.113.10/`;
      return (await run.exec('narrow/api', around, { show: 0 })).code === 28;
    });
  },
};

export const clusterScope: Chapter = {
  title: 'ruleSetScope Cluster: the union of all rule sets holds for everyone',
  async execute(run) {
    await setStage(run, { namespace: 'team-b', mode: 'enforce', pods: [{ name: 'api' }] });
    const before = await run.exec('team-b/api', `${STATUS} http://a.example.org/`);
    run.check("another team's rule does not leak", before.stdout === '403', before.stdout);
    await run.sh(`kubectl patch ${PROXY} --type=merge -p '{"spec":{"ruleSetScope":"Cluster"}}'`);
    await run.eventually('with ruleSetScope Cluster it holds for everyone', async () => {
      const after = await run.exec('team-b/api', `${STATUS} http://a.example.org/`, { show: 0 });
      return after.stdout === '200';
    });
    await run.sh(`kubectl patch ${PROXY} --type=merge -p '{"spec":{"ruleSetScope":"Namespace"}}'`);
    await run.eventually('and with Namespace it does not again', async () => {
      const again = await run.exec('team-b/api', `${STATUS} http://a.example.org/`, { show: 0 });
      return again.stdout === '403';
    });
  },
};

export const articles: Chapter = {
  title: "The articles' own scenarios: Horizons and the rule set of the Zalando issue",
  async execute(run) {
    await setStage(run, { namespace: 'horizons', mode: 'enforce', pods: [{ name: 'horizons' }] });
    await ruleSet(run, 'horizons', 'horizons', ['ssd.jpl.nasa.gov:443']);
    const planet = await run.exec('horizons/horizons', `${STATUS} https://ssd.jpl.nasa.gov/api/horizons.api`);
    run.check('Horizons reaches ssd.jpl.nasa.gov:443', planet.stdout === '200', planet.stderr);
    const else_ = await run.exec(
      'horizons/horizons',
      `${CONNECT_STATUS} https://mydependency1.example.com/; true`,
    );
    run.check('and nothing else', else_.stdout.startsWith('403'), else_.stdout);
    await ruleSet(run, 'horizons', 'world-access', ['*:80']);
    const internet = await run.exec('horizons/horizons', `${STATUS} http://anything.example.com/`);
    run.check('"*:80" opens port 80 to any public destination', internet.stdout === '200', internet.stdout);
  },
};
