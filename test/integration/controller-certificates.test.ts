import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type KubeObject, resources, type Secret } from '../../src/kube/index.ts';
import { type Clock, systemClock } from '../../src/time/index.ts';
import { planRotation, splitBundle } from '../../src/tls/index.ts';
import { blockWith } from '../support/block-of-page.ts';
import { makeIntermediate } from '../support/intermediate-authority.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { applyManifest, ignoringFailures, readManifests } from './support/manifests.ts';
import { defaultProxy, find } from './support/objects.ts';
import { PRODUCT } from './support/running-controller.ts';

const page = readFileSync(new URL('../../docs/guide/certificates.md', import.meta.url), 'utf8');
const DAY = 24 * 60 * 60 * 1000;
let stage: Stage;
let ahead = 0;
const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };

beforeAll(async () => {
  stage = await startStage();
  stage.startController({ clock });
  await stage.client.create(resources.egressProxies, defaultProxy());
}, 180_000);
afterAll(() => stage?.stop());

const secret = (name: string, namespace = PRODUCT) => find(stage.client, resources.secrets, name, namespace);
const text = (from: Secret | undefined, key: string) =>
  Buffer.from(from?.data?.[key] ?? '', 'base64').toString();
const podWebhooks = find_(resources.mutatingWebhookConfigurations, 'kube-egress-pods');
const ruleWebhooks = find_(resources.validatingWebhookConfigurations, 'kube-egress-rules');

function find_<T extends KubeObject>(resource: Parameters<typeof find<T>>[1], name: string) {
  return () => stage.client.find(resource, { name });
}

interface Registration {
  webhooks?: { name: string; clientConfig: { caBundle?: string }; namespaceSelector?: unknown }[];
}
const bundlesOf = (configuration: Registration | undefined) =>
  (configuration?.webhooks ?? []).map(({ clientConfig }) =>
    Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
  );

function isTrusted(certificate: string, bundle: string): boolean {
  const served = new X509Certificate(certificate);
  const now = clock.now();
  if (served.validFromDate.getTime() > now || served.validToDate.getTime() < now) return false;
  return splitBundle(bundle)
    .map((pem) => new X509Certificate(pem))
    .some((issuer) => served.checkIssued(issuer) && served.verify(issuer.publicKey));
}

/** Everything that has to do with certificates, as it stands. */
async function gather() {
  const [authority, webhook, agent] = [
    await secret('kube-egress-ca')(),
    await secret('kube-egress-webhook-tls')(),
    await secret('squid-agent-tls', 'egress-proxy')(),
  ];
  const configurations = [await podWebhooks(), await ruleWebhooks()];
  return { authority, webhook, agent, configurations };
}

/** Nothing is due at this moment of the clock, and everybody has the bundle. */
function isAtRest({
  authority,
  webhook,
  agent,
  configurations,
}: Awaited<ReturnType<typeof gather>>): boolean {
  const bundle = text(authority, 'ca-bundle.crt');
  const pair = { cert: text(authority, 'ca.crt'), key: text(authority, 'ca.key') };
  const isKept = (from: Secret | undefined) => {
    const serving = { cert: text(from, 'tls.crt'), key: text(from, 'tls.key') };
    return planRotation({ authority: pair, bundle, serving, names: [] }, clock.now()).action === 'keep';
  };
  const bundles = [
    ...configurations.flatMap((each) => bundlesOf(each as Registration)),
    ...[webhook, agent].map((each) => text(each, 'ca.crt')),
  ];
  return isKept(webhook) && isKept(agent) && bundles.every((each) => each === bundle);
}

/** What a new connection meets: what the API server trusts, and what webhook and agent serve. */
async function meet() {
  const { authority, webhook, agent } = await until('rest', gather, isAtRest);
  return {
    bundle: text(authority, 'ca-bundle.crt'),
    webhook: text(webhook, 'tls.crt'),
    agent: text(agent, 'tls.crt'),
  };
}

describe('certificates', () => {
  test('the webhook serves what its configurations trust, under the name of its Service', async () => {
    const { bundle, webhook, agent } = await meet();
    expect(isTrusted(webhook, bundle)).toBe(true);
    expect(isTrusted(agent, bundle)).toBe(true);
    expect(
      new X509Certificate(webhook).checkHost('kube-egress-webhook.kube-egress-system.svc'),
    ).toBeDefined();
    expect(new X509Certificate(agent).checkHost('squid.egress-proxy.svc')).toBeDefined();
  });

  test('the manifests can be applied again: the bundle stays', async () => {
    const { bundle } = await meet();
    for (const object of (await readManifests('admission')).map(ignoringFailures))
      await applyManifest(stage.client, object);
    expect(bundlesOf((await podWebhooks()) as Registration)).toEqual([bundle]);
  });

  test('a configuration that is replaced gets it again', async () => {
    const { bundle } = await meet();
    for (const object of (await readManifests('admission')).map(ignoringFailures)) {
      const resource = object.kind.startsWith('Mutating')
        ? resources.mutatingWebhookConfigurations
        : resources.validatingWebhookConfigurations;
      const { metadata } = await stage.client.get<KubeObject>(resource, { name: object.metadata.name });
      await stage.client.update<KubeObject>(resource, {
        ...object,
        metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion ?? '' },
      });
    }
    await until('the bundle', podWebhooks, (now) => bundlesOf(now as Registration)[0] === bundle);
    await until('all bundles', ruleWebhooks, (now) =>
      bundlesOf(now as Registration).every((each) => each === bundle),
    );
    const selector = ((await podWebhooks()) as Registration).webhooks?.[0]?.namespaceSelector;
    expect(JSON.stringify(selector)).toContain('"values":["enforce","blocked","observe"]');
  });

  test('a CA from outside is taken over: the bundle has it five minutes before it signs', async () => {
    const { bundle: former, webhook: served } = await meet();
    const { cert, key } = await makeIntermediate();
    const encode = (value: string) => Buffer.from(value).toString('base64');
    const { kind, metadata, spec } = parse(blockWith(page, 'cert-manager.io/v1')) as {
      kind: string;
      metadata: { namespace: string };
      spec: { secretName: string; isCA: boolean; privateKey: object };
    };
    expect([kind, spec.isCA, spec.privateKey]).toEqual([
      'Certificate',
      true,
      { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    ]);
    const issuer = { namespace: metadata.namespace, name: spec.secretName };
    const put = (data: Record<string, string>) =>
      stage.client.apply(
        { apiVersion: 'v1', kind: 'Secret', metadata: issuer, type: 'kubernetes.io/tls', data },
        { fieldManager: 'cert-manager', force: true },
      );
    await put({ 'tls.crt': encode(served), 'tls.key': encode(key) });
    await until('an Event about what is no CA', async () => {
      const { items } = await stage.client.list(resources.events);
      return items.some(
        ({ reason, involvedObject, message }) =>
          reason === 'Invalid' && involvedObject.name === issuer.name && message?.includes('no pair'),
      );
    });
    await put({ 'tls.crt': encode(cert), 'tls.key': encode(key) });
    const trusted = `${String(new X509Certificate(cert))}${former}`;
    await until('its bundle', gather, (now) => text(now.authority, 'ca-bundle.crt') === trusted);
    const adopted = await meet();
    expect(adopted.webhook).toBe(served);
    expect(text(await secret('kube-egress-ca')(), 'ca.key')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    ahead += 11 * 60 * 1000;
    await lookAgain('adopted');
    const signed = await until('what it signs', meet, (now) => now.webhook !== served);
    for (const part of ['webhook', 'agent'] as const) {
      const certificate = new X509Certificate(signed[part]);
      expect(certificate.verify(new X509Certificate(cert).publicKey)).toBe(true);
    }
    await stage.client.delete(resources.secrets, issuer);
  });

  test('a year passes: at each step either certificate is trusted by either bundle', async () => {
    let before = await meet();
    const seen = new Set([before.bundle]);
    const served = new Set([before.webhook]);
    for (let day = 0; day < 400; day += 10) {
      ahead += 10 * DAY;
      await lookAgain(String(day));
      const now = await meet();
      for (const part of ['webhook', 'agent'] as const) {
        expect([
          day,
          part,
          isTrusted(now[part], now.bundle),
          isTrusted(now[part], before.bundle),
          isTrusted(before[part], now.bundle),
        ]).toEqual([day, part, true, true, true]);
      }
      seen.add(now.bundle);
      served.add(now.webhook);
      before = now;
    }
    expect(seen.size).toBeGreaterThan(2);
    expect(served.size).toBeGreaterThan(5);
  }, 120_000);

  test('a Secret that is deleted comes back, trusted', async () => {
    const { webhook } = await meet();
    await stage.client.delete(resources.secrets, { namespace: PRODUCT, name: 'kube-egress-webhook-tls' });
    await until(
      'another pair',
      secret('kube-egress-webhook-tls'),
      (now) => now !== undefined && text(now, 'tls.crt') !== webhook,
    );
    const now = await meet();
    expect(isTrusted(now.webhook, now.bundle)).toBe(true);
  });
});

/** A change that makes the controller look at its clock: it would by itself within half a day. */
async function lookAgain(note: string): Promise<void> {
  const annotations = { note };
  await stage.client.patch(
    resources.secrets,
    { namespace: PRODUCT, name: 'kube-egress-ca' },
    { metadata: { annotations } },
  );
  const metrics = { metadata: { annotations } };
  await stage.client.patch(resources.egressProxies, { namespace: 'egress-proxy', name: 'squid' }, metrics);
}
