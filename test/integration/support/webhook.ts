import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { annotation, type EgressProxy, type EgressProxySpec } from '../../../src/api/index.ts';
import { isNotFound, type KubeClient, type KubeObject, resources } from '../../../src/kube/index.ts';
import { createAuthority, issueServingCertificate, type KeyPair } from '../../../src/tls/index.ts';
import { until } from '../../support/until.ts';
import type { ControlPlane } from './control-plane.ts';
import { freePorts } from './free-ports.ts';
import { readManifests } from './manifests.ts';

export const PRODUCT = 'kube-egress-system';
const SECRET = 'kube-egress-webhook-tls';
/** On a busy machine an answer can take longer than the manifests allow, and pods would pass without it. */
const PATIENCE_SECONDS = 20;
const main = new URL('../../../src/main.ts', import.meta.url).pathname;

/** The webhook as its own process, registered by URL with the manifests' own configurations. */
export interface RunningWebhook {
  readonly url: string;
  readonly ca: string;
  readonly pid: number;
  /** `/readyz` and `/metrics`. */
  telemetry(path: string): Promise<{ status: number; text: string }>;
  /** Writes another pair into the Secret. */
  renewCertificate(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

export async function startWebhookProcess(
  plane: ControlPlane,
  options: WebhookProgram = {},
): Promise<RunningWebhook> {
  const { client } = plane;
  await applyManifests(client, 'crds');
  await client.create(resources.namespaces, named('v1', 'Namespace', PRODUCT));
  const authority = await createAuthority({ now: Date.now() });
  await writeSecret(client, authority);
  const { port, ...running } = await spawnWebhook(plane, options);
  const url = `https://127.0.0.1:${port}`;
  await register(client, url, authority.cert);
  return { ...running, url, ca: authority.cert, renewCertificate: () => writeSecret(client, authority) };
}

export interface WebhookProgram {
  logLevel?: string;
  program?: string[];
}

/** The process alone, when it is ready: CRDs, Secret and configurations are provided by the caller. */
export async function spawnWebhook(
  plane: ControlPlane,
  { logLevel = 'debug', program = [process.execPath, main] }: WebhookProgram = {},
): Promise<Pick<RunningWebhook, 'pid' | 'telemetry' | 'stop' | 'kill'> & { port: number }> {
  const [port = 0, telemetryPort = 0] = await freePorts(2);
  const flags = [
    `--port=${port}`,
    `--telemetry-port=${telemetryPort}`,
    `--kubeconfig=${plane.kubeconfig}`,
    `--namespace-wait-ms=${PATIENCE_SECONDS * 1000}`,
  ];
  const [command = '', ...before] = program;
  const child = spawn(command, [...before, 'webhook', ...flags, `--log-level=${logLevel}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const telemetry = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${telemetryPort}${path}`);
    return { status: response.status, text: await response.text() };
  };
  await until('the webhook is ready', async () => {
    if (child.exitCode !== null) throw new Error(`the webhook has ended:\n${output}`);
    return (await telemetry('/readyz')).status === 200;
  });
  return {
    port,
    pid: child.pid ?? 0,
    telemetry,
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export function egressProxy(name: string, spec: EgressProxySpec = {}, isDefault = false): EgressProxy {
  return {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressProxy',
    metadata: {
      name,
      namespace: 'egress-proxy',
      ...(isDefault && { annotations: { [annotation.defaultProxy]: 'true' } }),
    },
    spec,
  };
}

export function named(apiVersion: string, kind: string, name: string, labels: Record<string, string> = {}) {
  return { apiVersion, kind, metadata: { name, labels } };
}

async function writeSecret(client: KubeClient, authority: KeyPair): Promise<void> {
  const pair = await issueServingCertificate({ now: Date.now(), authority, names: ['127.0.0.1'] });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: PRODUCT },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(pair.cert), 'tls.key': base64(pair.key) },
  };
  await client.apply(secret, { fieldManager: 'test', force: true });
}

interface Registration extends KubeObject {
  webhooks: {
    clientConfig: { service?: { path: string }; url?: string; caBundle?: string };
    timeoutSeconds?: number;
  }[];
}

/** The manifests' own configurations, with a URL where they name the Service, and more patience. */
async function register(client: KubeClient, url: string, ca: string): Promise<void> {
  for (const object of await readManifests('admission')) {
    const registration = object as Registration;
    for (const webhook of registration.webhooks) {
      const path = webhook.clientConfig.service?.path ?? '';
      webhook.clientConfig = { url: url + path, caBundle: Buffer.from(ca).toString('base64') };
      webhook.timeoutSeconds = PATIENCE_SECONDS;
    }
    await client.apply(registration, { fieldManager: 'test', force: true });
  }
}

async function applyManifests(client: KubeClient, folder: string): Promise<void> {
  for (const object of await readManifests(folder))
    await client.apply(object, { fieldManager: 'test', force: true });
  for (const resource of [
    resources.egressRuleSets,
    resources.clusterEgressRuleSets,
    resources.egressProxies,
  ]) {
    await until(`${resource.plural} are served`, async () => {
      try {
        await client.list<KubeObject>(resource);
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    });
  }
}
