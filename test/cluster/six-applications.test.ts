import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { until } from '../support/until.ts';
import { podsGetClientEnv, readClientEnv, setClientEnv } from './support/client-env.ts';
import {
  apply,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  proxyIsAsBefore,
  removeNamespaces,
} from './support/client-pods.ts';
import { CallLog } from './support/six-applications/call-log.ts';
import { applicationsOf, type Names, peersOf, services } from './support/six-applications/manifests.ts';

const names: Names = { namespace: 'six-applications', other: 'six-peers' };
const { namespace, other } = names;
const ROLLED = [
  'deployment/catalog',
  'deployment/frontend',
  'deployment/scorer',
  'deployment/mailer',
  'deployment/ledger',
  'daemonset/agent',
];
/** Calls of each application and target that a phase waits for. */
const CALLS = 3;

const log = new CallLog(namespace);
/** What the operator sets for programs in Java and Node.js, which read no proxy variable without it. */
const clientEnv = { java: true, node: true } as const;
let clientEnvBefore: object | undefined;
let nodeImage: string;

const label = (mode: string) =>
  kubectl(`label namespace ${namespace} egress.zalando.org/mode=${mode} --overwrite`);
const rolledOut = (workload: string) =>
  kubectl(`rollout status -n ${namespace} ${workload} --timeout=90s`, '', 95);

/** What `kubectl egress suggest` prints for the namespace. */
async function suggest(flags: string): Promise<string> {
  const ran = await bash(`'${process.execPath}' src/cli/main.ts suggest -n ${namespace} ${flags}`);
  if (ran.code !== 0) throw new Error(`suggest ${flags}: ${ran.stderr}`);
  return ran.stdout;
}

async function restart(workloads: readonly string[]): Promise<void> {
  await kubectl(`rollout restart -n ${namespace} ${workloads.join(' ')}`);
  await Promise.all(workloads.map(rolledOut));
}

/** One run of the CronJob; true if its calls succeeded. */
async function runReport(phase: string): Promise<boolean> {
  await kubectl(`create job -n ${namespace} report-${phase} --from=cronjob/report`);
  const done = () =>
    kubectl(`get job -n ${namespace} report-${phase} -o jsonpath={.status.conditions[*].type}`);
  const ended =
    (await eventually(async () => /Complete|Failed/.test(await done()), true, 60)) && (await done());
  return typeof ended === 'string' && ended.includes('Complete');
}

/** What failed since then, and who called what, after `CALLS` calls of each pair that were made from now on. */
async function phase(from = Date.now()): Promise<{ failed: string[]; pairs: string[] }> {
  const start = Date.now();
  const enough = async () => {
    await log.follow();
    return log.pairsWith(CALLS, start).join() === allPairs.join();
  };
  await eventually(enough, true, 60);
  return { failed: log.since(from), pairs: log.pairsWith(CALLS, start) };
}

/** Each pair of an application and a target, as `phase` reports them. */
const allPairs = [
  'agent external-http',
  'agent service-full-name',
  'catalog external-http',
  'frontend bare-name',
  'frontend external-https',
  'frontend pod-ip',
  'frontend service-namespace',
  'ledger bare-name',
  'ledger external-https',
  'ledger service-namespace',
  'mailer bare-name',
  'mailer external-https',
  'scorer bare-name',
  'scorer external-https',
  'scorer service-namespace',
  'store peer',
];

beforeAll(async () => {
  await removeNamespaces(namespace, other);
  nodeImage = await kubectl(
    'get deployment -n egress-proxy squid -o jsonpath={.spec.template.spec.containers[0].image}',
  );
  clientEnvBefore = await readClientEnv();
  await setClientEnv(clientEnv);
  await makeNamespace({ namespace: other });
  await makeNamespace({ namespace });
  for (const object of peersOf(names)) await apply(object);
  for (const object of applicationsOf(names, nodeImage)) await apply(object);
  // After the Deployments, as in most published files.
  for (const object of services(names)) await apply(object);
  await Promise.all([...ROLLED, 'statefulset/store'].map(rolledOut));
  await kubectl(`rollout status -n ${other} deployment/archive --timeout=60s`, '', 65);
});

afterAll(async () => {
  log.close();
  await leaveNamespaces(namespace, other);
  await setClientEnv(clientEnvBefore);
  await proxyIsAsBefore();
});

describe('six applications', () => {
  test('work before', async () => {
    // kube-proxy learns of the newest Services a moment after their pods are ready.
    const works = ({ failed }: { failed: string[] }) => failed.length === 0;
    const { pairs } = await until('every call of a phase works', () => phase(), works);
    expect(pairs).toEqual(allPairs);
    expect(await runReport('before')).toBe(true);
  });

  test('are opted in by observe, and restarted, without a failed call', async () => {
    const from = Date.now();
    await label('observe');
    await podsGetClientEnv(namespace, clientEnv);
    await log.follow();
    await restart(ROLLED);
    expect(await runReport('during')).toBe(true);
    const { failed, pairs } = await phase(from);
    // While a peer restarts, its name does not resolve: in this phase the StatefulSet is not restarted.
    expect(failed).toEqual([]);
    expect(pairs).toEqual(allPairs);
  });

  test('work in observe, injected', async () => {
    await restart(['statefulset/store']);
    // The DNS remembers for some seconds that a restarted peer had no name.
    await log.follow();
    expect(await eventually(async () => log.since(Date.now() - 2000).length, 0, 40)).toBe(0);
    const { failed, pairs } = await phase();
    expect(failed).toEqual([]);
    expect(pairs).toEqual(allPairs);
    const columns =
      '{range .items[*]}{.metadata.labels.app} {.spec.containers[0].env[?(@.name=="HTTP_PROXY")].value}{"\\n"}{end}';
    const injected = await kubectl(`get pods -n ${namespace} -l six=true -o jsonpath='${columns}'`);
    const without = injected.split('\n').filter((line) => line.endsWith(' '));
    expect(new Set(without)).toEqual(new Set(['agent ']));
  });

  test('can be created again in observe, each Deployment before its Service', async () => {
    await kubectl(
      `delete -n ${namespace} service/catalog deployment/frontend deployment/scorer deployment/mailer deployment/ledger --wait=true`,
    );
    await eventually(
      async () => (await kubectl(`get pods -n ${namespace} -l shop=true -o name`)).trim(),
      '',
      40,
    );
    for (const object of applicationsOf(names, nodeImage)) await apply(object);
    for (const object of services(names)) await apply(object);
    await Promise.all(ROLLED.map(rolledOut));
    await kubectl(`wait -n ${namespace} --for=condition=Ready pod -l six=true --timeout=60s`, '', 65);
    // From here: the calls of before the Services failed without the product, too.
    const { failed, pairs } = await phase();
    expect(failed).toEqual([]);
    expect(pairs).toEqual(allPairs);
  });

  test('work in enforce, by the rules that observation suggests', async () => {
    const suggested = async () => {
      const ran = await suggest('--output json');
      const { spec } = JSON.parse(ran || '{"spec": {"targets": []}}') as { spec: { targets: string[] } };
      return spec.targets.sort().join(' ');
    };
    const used = [
      'ledger.example.org:443',
      'mail.example.com:443',
      'models.example.org:443',
      'payments.example.com:443',
      'prices.example.org:80',
      'reports.example.com:443',
    ];
    expect(await eventually(suggested, used.join(' '), 80)).toBe(used.join(' '));
    // On a busy machine a webhook may answer too late, and the rule set is refused: its user tries again.
    const apply = () =>
      suggest('--name observed --apply').then(
        () => 'applied',
        (error: unknown) => String(error),
      );
    expect(await eventually(apply, 'applied', 80)).toBe('applied');
    await kubectl(`wait -n ${namespace} --for=condition=Programmed egressruleset/observed --timeout=30s`);
    // The operator's answer to the agent's hostNetwork, which enforce would refuse to new pods.
    await kubectl(`annotate namespace ${namespace} egress.zalando.org/allow-host-network=true`);
    const from = Date.now();
    await label('enforce');
    await kubectl(`wait -n ${namespace} --for=create networkpolicy/enforce-egress-proxy --timeout=30s`);
    await log.follow();
    // Connections that were made before the policy stay open: the JVM keeps one to each server.
    await restart(ROLLED);
    const { failed, pairs } = await phase(from);
    expect(failed).toEqual([]);
    expect(pairs).toEqual(allPairs);
    expect(await runReport('enforced')).toBe(true);
  });

  test('and a name that none of them used is refused', async () => {
    const frontend =
      (await kubectl(`get pods -n ${namespace} -l app=frontend -o name`)).trim().split('\n')[0] ?? '';
    const { stdout } = await inPod(
      `${namespace}/${frontend.replace('pod/', '')}`,
      `curl -s -o /dev/null -m 10 -w '%{http_connect}' https://unused.example.com/`,
    );
    expect(stdout).toBe('403');
  });
});
