import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../src/api/index.ts';
import { issueServingCertificate, serviceNames } from '../../src/tls/index.ts';
import { kubectl } from '../cluster/support/client-pods.ts';
import { until } from '../support/until.ts';
import type { Fault, FaultStage } from './fault.ts';
import { componentPods, deletePod, SYSTEM } from './pods.ts';
import { WEBHOOK_AWAY } from './processes.ts';

const HOUR = 3_600_000;
/** Milliseconds for which the API server finds an expired certificate. */
const EXPIRED = 15_000;
const WEBHOOK = 'kube-egress-webhook';

export const expiredCertificate: Fault = {
  name: 'certificate expired while no controller runs',
  promise:
    'the webhook serves on with it, the API server does not trust it: as without a webhook, until a controller has renewed it',
  except: WEBHOOK_AWAY,
  make: expire,
};

async function expire({ namespace }: FaultStage): Promise<string> {
  const replicas = await kubectl(
    `get deployment -n ${SYSTEM} kube-egress-controller -o jsonpath={.spec.replicas}`,
  );
  const scale = (count: string) =>
    kubectl(`scale deployment -n ${SYSTEM} kube-egress-controller --replicas=${count}`);
  const tried = () => tryRuleSet(namespace);
  await scale('0');
  let begun = 0;
  try {
    const controllers = async () => (await componentPods('controller')).join('');
    await until('no controller runs', controllers, (names) => names === '', { limitMs: 60_000 });
    await writeExpired();
    // The API server keeps its connections: only a new one shows it the certificate.
    for (const pod of await componentPods('webhook')) await deletePod(SYSTEM, pod, WEBHOOK);
    await until('the API server does not trust it', tried, (said) => /expired/.test(said), {
      limitMs: 60_000,
    });
    await sleep(EXPIRED);
  } finally {
    begun = Date.now();
    await scale(replicas);
  }
  await until('rule sets are admitted', tried, (said) => said === '', { limitMs: 120_000 });
  return `renewed ${Math.round((Date.now() - begun) / 1000)} s after a controller was started`;
}

/** An expired certificate of the webhook, by its own authority, in its Secret. */
async function writeExpired(): Promise<void> {
  const { data } = JSON.parse(await kubectl(`get secret -n ${SYSTEM} kube-egress-ca -o json`)) as {
    data: Record<string, string>;
  };
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  const pair = await issueServingCertificate({
    now: Date.now() - 2 * HOUR,
    lifetimeMs: HOUR,
    authority: { cert: read('ca.crt'), key: read('ca.key') },
    names: serviceNames(WEBHOOK, SYSTEM),
  });
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const patch = { data: { 'tls.crt': encode(pair.cert), 'tls.key': encode(pair.key) } };
  await kubectl(`patch secret -n ${SYSTEM} ${WEBHOOK}-tls --type=merge -p '${JSON.stringify(patch)}'`);
}

/** What the API server says to a new rule set; empty if it takes it. */
async function tryRuleSet(namespace: string): Promise<string> {
  const ruleSet = {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { generateName: 'tried-', namespace },
    spec: { targets: ['tried.example.com:443'] },
  };
  return kubectl('create --dry-run=server -f -', JSON.stringify(ruleSet)).then(
    () => '',
    (error: Error) => error.message,
  );
}
