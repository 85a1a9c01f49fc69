import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { label } from '../../../src/api/index.ts';
import { type KubeObject, resources } from '../../../src/kube/index.ts';
import { createAuthority, issueServingCertificate } from '../../../src/tls/index.ts';
import type { ControlPlane } from '../../integration/support/control-plane.ts';
import { freePorts } from '../../integration/support/free-ports.ts';
import {
  egressProxy,
  named,
  type RunningWebhook,
  startWebhookProcess,
} from '../../integration/support/webhook.ts';
import { until } from '../../support/until.ts';
import { canConnect } from '../can-connect.ts';
import { buildBundles, bundledProgram } from '../rest/running-components.ts';
import { tools } from '../tools.ts';
import { PEPR_PATH, peprEnvironment, preparePepr } from './pepr.ts';
import { SHOP } from './reviews.ts';

/** A webhook that is measured. */
export interface WebhookContender {
  name: string;
  pid: number;
  /** Where reviews of pods and of rule sets go; undefined where it has nothing for them. */
  urls: { mutate: string; validate: string | undefined };
  /** Certificate of the authority that signed its own, PEM. */
  ca: string;
}

type Rival = Omit<WebhookContender, 'ca'>;

export const OURS = 'kube-egress';
export const FLOOR = 'bare Fastify, allows all';
export const AGNHOST = 'agnhost (Kubernetes, Go)';
export const PEPR = 'Pepr';

/** The servers that are compared. */
export class WebhookServers {
  readonly #children: ChildProcess[] = [];
  readonly #folder: string;
  #ours: RunningWebhook | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(plane: ControlPlane): Promise<WebhookContender[]> {
    const authority = await createAuthority({ now: Date.now() });
    const pair = await issueServingCertificate({ now: Date.now(), authority, names: ['127.0.0.1'] });
    const cert = this.#file('tls.crt', pair.cert);
    const key = this.#file('tls.key', pair.key);
    const ours = await this.#startOurs(plane);
    const rivals = [
      await this.#startFloor(cert, key),
      await this.#startAgnhost(cert, key),
      await this.#startPepr(plane, cert, key),
    ];
    return [ours, ...rivals.map((rival) => ({ ...rival, ca: authority.cert }))];
  }

  async close(): Promise<void> {
    await this.#ours?.kill();
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** The real webhook, as it runs in a cluster: the image's bundles, and what it knows comes from a real API server. */
  async #startOurs(plane: ControlPlane): Promise<WebhookContender> {
    buildBundles();
    const webhook = await startWebhookProcess(plane, {
      logLevel: 'info',
      program: bundledProgram('webhook'),
    });
    this.#ours = webhook;
    const { client } = plane;
    await client.create(resources.namespaces, named('v1', 'Namespace', 'egress-proxy'));
    await client.create(resources.namespaces, named('v1', 'Namespace', SHOP, { [label.mode]: 'enforce' }));
    await client.create(resources.egressProxies, egressProxy('squid', {}, true));
    await until('pods are injected', async () =>
      JSON.stringify(await client.create<KubeObject>(resources.pods, probePod)).includes('HTTP_PROXY'),
    );
    const { pid, url, ca } = webhook;
    return {
      name: OURS,
      pid,
      ca,
      urls: { mutate: `${url}/mutate-pods`, validate: `${url}/validate-egressrulesets` },
    };
  }

  async #startFloor(cert: string, key: string): Promise<Rival> {
    const [port = 0] = await freePorts(1);
    const script = join(import.meta.dirname, 'floor-server.ts');
    const url = `https://127.0.0.1:${port}/`;
    const pid = await this.#run([process.execPath, script, String(port), cert, key], port);
    return { name: FLOOR, pid, urls: { mutate: url, validate: url } };
  }

  /** Its nearest: adds a side car with a patch that never changes, to pods that have none. */
  async #startAgnhost(cert: string, key: string): Promise<Rival> {
    const [port = 0] = await freePorts(1);
    const pair = [`--tls-cert-file=${cert}`, `--tls-private-key-file=${key}`];
    const pid = await this.#run(
      [tools.agnhost(), ...pair, `--port=${port}`, '--sidecar-image=sidecar:1'],
      port,
    );
    const mutate = `https://127.0.0.1:${port}/mutating-pods-sidecar`;
    return { name: AGNHOST, pid, urls: { mutate, validate: undefined } };
  }

  /** Our variables in every container, by a module of Pepr's. */
  async #startPepr(plane: ControlPlane, cert: string, key: string): Promise<Rival> {
    await preparePepr(plane.client);
    const [port = 0] = await freePorts(1);
    const environment = peprEnvironment(plane, cert, key);
    const pid = await this.#run([process.execPath, tools.pepr(), String(port)], port, environment);
    const mutate = `https://127.0.0.1:${port}/mutate/${PEPR_PATH}`;
    return { name: PEPR, pid, urls: { mutate, validate: undefined } };
  }

  /** Resolves with the process id when the port is open. */
  async #run([program = '', ...args]: string[], port: number, env = process.env): Promise<number> {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore'], env });
    this.#children.push(child);
    for (let tries = 0; tries < 1200; tries += 1) {
      if (child.exitCode !== null)
        throw new Error(`${program} ${args.join(' ')} has ended with ${child.exitCode}`);
      if (await canConnect(port)) return child.pid ?? 0;
      await sleep(50);
    }
    throw new Error(`${program} does not listen`);
  }

  #file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }
}

const probePod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'probe-', name: '', namespace: SHOP },
  spec: { containers: [{ name: 'probe', image: 'probe:1' }] },
};
