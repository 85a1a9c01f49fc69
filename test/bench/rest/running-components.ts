import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../../src/kube/index.ts';
import { createAuthority, issueServingCertificate } from '../../../src/tls/index.ts';
import { freePorts } from '../../integration/support/free-ports.ts';
import { nodeFlags } from '../../integration/support/node-flags.ts';
import { PRODUCT } from '../../integration/support/webhook.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface RunningComponent {
  name: string;
  pid: number;
  /** Milliseconds from the start of the process until /readyz says yes. */
  readyMs: number;
  child: ChildProcess;
  telemetryPort: number;
}

/** Bundles as the image has them. */
export function buildBundles(): void {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build/build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** What the image's entry point starts for a component, in the checkout. */
export function bundledProgram(component: string): string[] {
  return [join(ROOT, 'dist/bin/node'), ...nodeFlags(component), join(ROOT, 'dist/main.js')];
}

/** Milliseconds: a whole cluster is listed in a minute. */
const PATIENCE = 180_000;

/** A component as the image starts it, but with the administrator's rights. */
export async function startComponent(
  folder: string,
  name: string,
  flags: Record<string, string | number>,
): Promise<RunningComponent> {
  const [telemetry = 0] = await freePorts(1);
  const args = Object.entries({ ...flags, 'telemetry-port': telemetry }).map(
    ([flag, value]) => `--${flag}=${value}`,
  );
  const [component = ''] = name.split(' ');
  const logPath = join(folder, `${name.replace(' ', '-')}.log`);
  const log = openSync(logPath, 'w');
  const begun = performance.now();
  const [command = '', ...before] = bundledProgram(component);
  const child = spawn(command, [...before, component, ...args], { stdio: ['ignore', log, log] });
  closeSync(log);
  while (!(await isReady(telemetry))) {
    if (child.exitCode !== null || performance.now() - begun > PATIENCE) {
      child.kill('SIGKILL');
      throw new Error(`${name} is not ready:\n${readFileSync(logPath, 'utf8').slice(-2000)}`);
    }
    await sleep(5);
  }
  return { name, pid: child.pid ?? 0, readyMs: performance.now() - begun, child, telemetryPort: telemetry };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** The flags of a component for this API server; `folder` is its own. */
export async function flagsOf(
  component: 'webhook' | 'controller' | 'agent',
  kubeconfig: string,
  folder: string,
): Promise<Record<string, string | number>> {
  if (component === 'controller')
    return {
      kubeconfig,
      identity: folder.split('/').at(-1) ?? '',
      image: 'kube-egress:bench',
      namespace: PRODUCT,
    };
  const [port = 0, dns = 0] = await freePorts(2);
  if (component === 'webhook') return { kubeconfig, port };
  for (const name of ['log', 'state']) mkdirSync(join(folder, name), { recursive: true });
  return {
    kubeconfig,
    proxy: 'egress-proxy/squid',
    'pod-name': folder.split('/').at(-1) ?? '',
    'pod-ip': '10.0.0.2',
    'socket-path': join(folder, 'agent.sock'),
    'client-dns-socket': join(folder, 'client-dns.sock'),
    'log-dir': join(folder, 'log'),
    'state-dir': join(folder, 'state'),
    'cert-dir': folder,
    'api-port': port,
    'dns-listen': `127.0.0.1:${dns}`,
    'dns-upstream': '127.0.0.1:1',
  };
}

/** The Secret that the webhook serves with. */
export async function giveCertificate(client: KubeClient): Promise<void> {
  const now = Date.now();
  const authority = await createAuthority({ now });
  const pair = await issueServingCertificate({ now, authority, names: ['127.0.0.1'] });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'kube-egress-webhook-tls', namespace: PRODUCT },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(pair.cert), 'tls.key': base64(pair.key) },
  };
  await client.apply(secret, { fieldManager: 'bench', force: true });
}

export function writeAgentPair(folder: string, pair: { cert: string; key: string }): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tls.crt'), pair.cert);
  writeFileSync(join(folder, 'tls.key'), pair.key);
}
