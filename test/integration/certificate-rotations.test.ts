import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubeObject, resources, type Secret } from '../../src/kube/index.ts';
import { type Clock, systemClock } from '../../src/time/index.ts';
import { splitBundle } from '../../src/tls/index.ts';
import { admitRepeatedly, createPod, createRuleSet } from '../support/admissions.ts';
import { blockWith } from '../support/block-of-page.ts';
import { RepeatedAttempt } from '../support/repeated-attempt.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { type Installed, runInstalled } from './support/installed.ts';
import { createNamespace } from './support/objects.ts';
import { PRODUCT } from './support/running-controller.ts';

const NAMESPACE = 'my-app';
const ROTATIONS = 100;
/** More than the five minutes for which a new CA is trusted before it signs. */
const STEP = 6 * 60 * 1000;
const SERVICE = 'kube-egress-webhook.kube-egress-system.svc';
const root = new URL('../../', import.meta.url).pathname;

const page = readFileSync(`${root}docs/guide/certificates.md`, 'utf8');
const command = blockWith(page, 'kubectl patch secret kube-egress-ca').trim();

let plane: ControlPlane;
let installed: Installed;
/** Begins in the past and reaches the present with the last rotation, so that the API server finds all of them valid. */
let behind = (ROTATIONS + 10) * STEP;
const clock: Clock = { ...systemClock, now: () => Date.now() - behind };

interface Registration extends KubeObject {
  webhooks: { clientConfig: { caBundle?: string }; timeoutSeconds: number }[];
}
const registrations = [
  [resources.mutatingWebhookConfigurations, 'kube-egress-pods'],
  [resources.validatingWebhookConfigurations, 'kube-egress-rules'],
] as const;

beforeAll(async () => {
  plane = await startControlPlane({ reachesEndpoints: true });
  kubectl('apply -k manifests/overlays/default');
  // On a busy machine an answer may take longer than the manifests allow; pods would then pass without it.
  for (const [resource, name] of registrations) {
    const found = (await plane.client.get<KubeObject>(resource, { name })) as Registration;
    for (const webhook of found.webhooks) webhook.timeoutSeconds = 30;
    await plane.client.update<KubeObject>(resource, found);
  }
  installed = await runInstalled(plane, { clock });
  await installed.untilTrusted();
  await installed.startWebhook();
  await createNamespace(plane.client, NAMESPACE, { 'egress.zalando.org/mode': 'observe' });
  await until('the webhook changes pods', () => createPod(plane.client, NAMESPACE));
});
afterAll(async () => {
  await installed?.stop();
  await plane?.stop();
});

function kubectl(args: string): void {
  execFileSync('sh', ['-c', `kubectl ${args}`], {
    cwd: root,
    env: { ...process.env, KUBECONFIG: plane.kubeconfig },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The fingerprint that a new connection meets. Rejects if a configuration's bundle of this moment does not trust it. */
async function handshake(bundle: string): Promise<string> {
  const { host, port } = installed.webhookAddress;
  const socket = connect({ host, port, servername: SERVICE, ca: bundle });
  try {
    await once(socket, 'secureConnect');
    return new X509Certificate(socket.getPeerX509Certificate()?.raw ?? '').fingerprint256;
  } finally {
    socket.destroy();
  }
}

async function bundles(): Promise<string[]> {
  const found = await Promise.all(
    registrations.map(([resource, name]) => plane.client.get<KubeObject>(resource, { name })),
  );
  return found
    .flatMap((each) => (each as Registration).webhooks)
    .map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString());
}

const webhookSecret = () =>
  plane.client.get(resources.secrets, { namespace: PRODUCT, name: 'kube-egress-webhook-tls' });
const fingerprint = ({ data }: Secret): string =>
  new X509Certificate(Buffer.from(data?.['tls.crt'] ?? '', 'base64')).fingerprint256;

/** Replaces the CA, lets the clock pass the time for which it is only trusted, and awaits what it signs. */
async function rotate(replace: () => Promise<unknown>, note: string): Promise<string> {
  const before = fingerprint(await webhookSecret());
  const trusted = splitBundle((await bundles())[0] ?? '').length;
  await replace();
  await until('the new CA everywhere', bundles, (now) =>
    now.every((bundle) => splitBundle(bundle).length === trusted + 1),
  );
  behind -= STEP;
  // A change makes the controller look at its clock.
  await plane.client.patch(
    resources.secrets,
    { namespace: PRODUCT, name: 'kube-egress-ca' },
    { metadata: { annotations: { note } } },
  );
  const after = await until('another certificate', webhookSecret, (now) => fingerprint(now) !== before);
  const [bundle = ''] = await bundles();
  await until(
    'it is served',
    () => handshake(bundle),
    (served) => served === fingerprint(after),
  );
  return fingerprint(after);
}

describe('docs/guide/certificates.md: replace the CA now', () => {
  test(`${ROTATIONS} times, and no admission fails`, async () => {
    const patch = JSON.parse(/-p '(.*)'$/.exec(command)?.[1] ?? '') as object;
    const address = { namespace: PRODUCT, name: 'kube-egress-ca' };
    const loads = [
      ...admitRepeatedly(plane.client, NAMESPACE),
      new RepeatedAttempt('connection', async () => (await handshake((await bundles())[0] ?? '')) !== ''),
    ];
    const served = new Set<string>();
    served.add(await rotate(async () => kubectl(command.replace('kubectl ', '')), '0'));
    for (let round = 1; round < ROTATIONS; round += 1)
      served.add(await rotate(() => plane.client.patch(resources.secrets, address, patch), String(round)));
    await Promise.all(loads.map((load) => load.stop()));
    expect(loads.flatMap(({ failures }) => failures)).toEqual([]);
    expect(served.size).toBe(ROTATIONS);
    for (const { attempts } of loads) expect(attempts).toBeGreaterThan(ROTATIONS);
  }, 600_000);

  test('a deleted Secret leaves only the new CA, and the webhook is called again', async () => {
    kubectl(blockWith(page, 'kubectl delete secret').trim().replace('kubectl ', ''));
    await until('one CA', bundles, (now) => now.every((bundle) => splitBundle(bundle).length === 1));
    await until(
      'the webhook is called',
      async () =>
        (await createPod(plane.client, NAMESPACE)) && (await createRuleSet(plane.client, NAMESPACE)),
    );
  });
});
