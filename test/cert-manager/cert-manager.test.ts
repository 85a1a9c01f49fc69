import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { KubeClient, type KubeObject, loadCluster, resources, type Secret } from '../../src/kube/index.ts';
import { splitBundle } from '../../src/tls/index.ts';
import { admitRepeatedly, createPod } from '../support/admissions.ts';
import { blockWith } from '../support/block-of-page.ts';
import { builtTool } from '../support/built-tool.ts';
import { until } from '../support/until.ts';

/*
 * cert-manager's own controller, CRDs, rights and Deployment, from its Go module and its chart. Left out are its webhook, which
 * fills in and validates what users write, and cainjector, which the product does not use.
 */
const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const guide = readFileSync(join(root, 'docs/guide/certificates.md'), 'utf8');

const PRODUCT = 'kube-egress-system';
const CLIENTS = 'my-app';
const CERTIFICATE = 'certificate/kube-egress-issuer';
/** A PKI of which ClusterIssuer `my-pki` of the guide is a part: its root signs itself. */
const PKI = `
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: self}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: root, namespace: cert-manager}
spec:
  isCA: true
  commonName: root of the PKI
  secretName: root
  privateKey: {algorithm: ECDSA, size: 256}
  issuerRef: {kind: ClusterIssuer, name: self}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: my-pki}
spec: {ca: {secretName: root}}
`;
const CHART_VALUES = [
  'crds.enabled=true',
  'cainjector.enabled=false',
  'startupapicheck.enabled=false',
  'image.repository=localhost/cert-manager',
  'image.tag=dev',
  // The image has one file, and no table of users.
  'securityContext.runAsUser=1000',
  // Health is served by the program that is replaced (scripts/local-cluster/tools/cert-manager).
  'livenessProbe.enabled=false',
];
const SERVED = [
  { namespace: PRODUCT, name: 'kube-egress-webhook-tls' },
  { namespace: 'egress-proxy', name: 'squid-agent-tls' },
] as const;

let folder: string;
let client: KubeClient;

/** A command line in the folder that holds the repository and the overlay. Rejects if it fails. */
async function paste(command: string, input = ''): Promise<string> {
  const { code, stdout, stderr } = await bash(`cd ${folder}; set -o pipefail; ${command}`, {
    timeoutSeconds: 330,
    input,
  });
  if (code !== 0) throw new Error(`${command}: ${stdout}${stderr}`);
  return stdout;
}

const isReady = (object: string, namespace = '') =>
  paste(`kubectl wait --for=condition=Ready ${object} ${namespace && `-n ${namespace}`} --timeout=60s`);

const certificateOf = ({ data }: Secret): X509Certificate =>
  new X509Certificate(Buffer.from(data?.['tls.crt'] ?? '', 'base64'));
const certificate = async (address: { namespace: string; name: string }) =>
  certificateOf(await client.get(resources.secrets, address));
const issued = () => certificate({ namespace: PRODUCT, name: 'kube-egress-issuer' });
/** Certificates that the webhook and the agents serve with. */
const served = () => Promise.all(SERVED.map(certificate));

/** What the API server trusts: by each webhook of both configurations, the fingerprints of the CAs. */
async function trusted(): Promise<string[][]> {
  const configurations = await Promise.all([
    client.get<KubeObject>(resources.mutatingWebhookConfigurations, { name: 'kube-egress-pods' }),
    client.get<KubeObject>(resources.validatingWebhookConfigurations, { name: 'kube-egress-rules' }),
  ]);
  type Webhooks = { webhooks: { clientConfig: { caBundle?: string } }[] };
  return configurations
    .flatMap((each) => (each as KubeObject & Webhooks).webhooks)
    .map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString())
    .map((bundle) => splitBundle(bundle).map((pem) => new X509Certificate(pem).fingerprint256));
}

/** The fingerprint of the certificate that a new connection to the webhook meets. */
async function met(): Promise<string> {
  const address = await paste(
    `kubectl get service -n ${PRODUCT} kube-egress-webhook -o jsonpath={.spec.clusterIP}`,
  );
  const connect = `openssl s_client -connect ${address}:443 -servername kube-egress-webhook.${PRODUCT}.svc`;
  const pem = await paste(`${root}/scripts/cluster enter node-1 ${connect} </dev/null | openssl x509`);
  return new X509Certificate(pem).fingerprint256;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cert-manager-'));
  symlinkSync(root, join(folder, 'kube-egress'));
  mkdirSync(join(folder, 'my-overlay'));
  writeFileSync(join(folder, 'my-overlay/kustomization.yaml'), blockWith(readme, '# my-overlay/'));
  client = new KubeClient(await loadCluster({ kubeconfig: process.env['KUBECONFIG'] }));
  const chart = builtTool('cert-manager');
  const values = CHART_VALUES.map((value) => `--set ${value}`).join(' ');
  const render = `${builtTool('helm')} template cert-manager ${chart} -n cert-manager --kube-version 1.35.0 ${values}`;
  const all = (await paste(render)).split(/^---$/m);
  const rendered = all.filter((object) => !object.includes('app.kubernetes.io/component: "webhook"'));
  expect(rendered.length).toBeGreaterThan(20);
  await paste('kubectl create namespace cert-manager');
  await paste('kubectl apply --server-side -f -', rendered.join('---'));
  await paste('kubectl wait -n cert-manager --for=condition=Available deployment --all --timeout=60s');
  await paste('kubectl apply -f -', PKI);
  await isReady('clusterissuer/my-pki');
});

afterAll(async () => {
  await client?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('docs/guide/certificates.md: a CA from cert-manager', () => {
  test("is issued by cert-manager's controller before the product is installed", async () => {
    await paste(`kubectl create namespace ${PRODUCT}`);
    await paste('kubectl apply -f -', blockWith(guide, 'cert-manager.io/v1'));
    await isReady(CERTIFICATE, PRODUCT);
    const ca = await issued();
    expect(ca.ca).toBe(true);
    expect(ca.issuer).toBe('CN=root of the PKI');
  });

  test('the product is installed, and webhook and agents serve with what it has signed', async () => {
    for (const command of blockWith(readme, 'kubectl apply -k my-overlay').trim().split('\n'))
      await paste(command);
    const ca = await issued();
    expect(new Set((await trusted()).flat())).toEqual(new Set([ca.fingerprint256]));
    for (const each of await served()) expect(each.verify(ca.publicKey)).toBe(true);
    expect(await met()).toBe((await served())[0]?.fingerprint256);
    await paste(`kubectl create namespace ${CLIENTS}`);
    await paste(`kubectl label namespace ${CLIENTS} egress.zalando.org/mode=observe`);
    await until('the webhook changes pods', () => createPod(client, CLIENTS));
  });

  test('cert-manager renews it while pods and rule sets are admitted: none fails', async () => {
    const [before, servedBefore] = [await issued(), await served()];
    // It is the rotation that takes time: more admissions would only load the machine.
    const loads = admitRepeatedly(client, CLIENTS, { pauseMs: 100 });
    // As `cmctl renew` does it.
    const now = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'by a test' };
    const patch = [{ op: 'add', path: '/status/conditions/-', value: now }];
    await paste(
      `kubectl patch ${CERTIFICATE} -n ${PRODUCT} --subresource=status --type=json -p '${JSON.stringify(patch)}'`,
    );
    const after = await until('another CA', issued, (ca) => ca.fingerprint256 !== before.fingerprint256);
    const both = JSON.stringify([after.fingerprint256, before.fingerprint256]);
    await until('both are trusted', trusted, (all) => all.every((each) => JSON.stringify(each) === both));
    expect((await served()).map(String)).toEqual(servedBefore.map(String));
    // Five minutes, for which it is only trusted.
    const signed = await until(
      'what it signs',
      served,
      (all) => all.every((each) => each.verify(after.publicKey)),
      { limitMs: 400_000, intervalMs: 1000 },
    );
    await until('it is served', met, (fingerprint) => fingerprint === signed[0]?.fingerprint256);
    await paste(`kubectl wait -n egress-proxy --for=condition=Programmed egressproxy/squid --timeout=60s`);
    await Promise.all(loads.map((load) => load.stop()));
    expect(loads.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { attempts } of loads) expect(attempts).toBeGreaterThan(1000);
  });
});
