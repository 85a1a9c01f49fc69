import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, KubeClient, loadCluster } from '../../../src/kube/index.ts';
import { createAuthority, issueServingCertificate } from '../../../src/tls/index.ts';
import { findBinary } from './binaries.ts';
import { Child } from './child.ts';
import { freePorts } from './free-ports.ts';

/** A private etcd and kube-apiserver: RBAC and the default admission, no controllers, no nodes. */
export interface ControlPlane extends AsyncDisposable {
  /** A kubeconfig file of an administrator (system:masters). */
  readonly kubeconfig: string;
  readonly cluster: Cluster;
  /** URL of its etcd. */
  readonly etcd: string;
  /** The administrator's. */
  readonly client: KubeClient;
  /** A client that the API server takes for this user, such as `system:serviceaccount:shop:default`. */
  as(user: string, groups?: string[]): KubeClient;
  /** Process id of the API server that runs now. */
  apiServerPid(): number;
  /** Kills the API server as a crash would; etcd stays. */
  killApiServer(): Promise<void>;
  /** Starts it again, on the same port, and waits for it. */
  startApiServer(): Promise<void>;
  /** Copies what etcd has. */
  backUp(): Promise<void>;
  /** Starts etcd with the copy, and the API server again: all that was written since is gone, and versions are given again. */
  restoreBackup(): Promise<void>;
  stop(): Promise<void>;
}

const ADMIN_TOKEN = 'test-only-administrator';

export interface ControlPlaneOptions {
  /** Webhooks are called at the addresses of their Service's EndpointSlices, since no Service address works here. */
  reachesEndpoints?: boolean;
  /** Feature gates of kube-apiserver, such as `WatchList=false`. */
  featureGates?: string;
}

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const dir = await mkdtemp(join(tmpdir(), 'kube-egress-control-plane-'));
  try {
    return await start(dir, options);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function start(
  dir: string,
  { reachesEndpoints = false, featureGates = '' }: ControlPlaneOptions,
): Promise<ControlPlane> {
  const [port = 0, clientPort = 0, peerPort = 0] = await freePorts(3);
  const settings = { dir, port, reachesEndpoints, featureGates, etcd: `http://127.0.0.1:${clientPort}` };
  const startOwnEtcd = () => startEtcd(dir, settings.etcd, `http://127.0.0.1:${peerPort}`);
  const [data, copy] = [join(dir, 'etcd'), join(dir, 'etcd-backup')];
  let etcd = startOwnEtcd();
  const kubeconfig = await writeFiles(settings);
  let apiServer = startApiServer(settings);
  const cluster = await loadCluster({ kubeconfig });
  const client = new KubeClient(cluster);
  const clients = [client];

  const stop = async () => {
    for (const open of clients) await open.close();
    await apiServer.kill();
    await etcd.kill();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await untilReady(client, [etcd, apiServer]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kubeconfig,
    cluster,
    etcd: settings.etcd,
    client,
    as(user, groups = []) {
      const impersonating = new KubeClient(impersonate(cluster, user, groups));
      clients.push(impersonating);
      return impersonating;
    },
    apiServerPid: () => apiServer.pid,
    killApiServer: () => apiServer.kill(),
    async startApiServer() {
      apiServer = startApiServer(settings);
      await untilReady(client, [etcd, apiServer]);
    },
    async backUp() {
      await etcd.kill();
      await cp(data, copy, { recursive: true });
      etcd = startOwnEtcd();
      await untilReady(client, [etcd, apiServer]);
    },
    async restoreBackup() {
      await apiServer.kill();
      await etcd.kill();
      await rm(data, { recursive: true });
      await cp(copy, data, { recursive: true });
      etcd = startOwnEtcd();
      apiServer = startApiServer(settings);
      await untilReady(client, [etcd, apiServer]);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Settings {
  dir: string;
  port: number;
  etcd: string;
  reachesEndpoints: boolean;
  featureGates: string;
}

/** Certificates, keys and the kubeconfig, whose path is returned. */
async function writeFiles({ dir, port }: Settings): Promise<string> {
  const now = Date.now();
  const authority = await createAuthority({ now });
  const names = ['127.0.0.1', 'kubernetes.default.svc'] as const;
  const serving = await issueServingCertificate({ now, authority, names: [...names] });
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': Buffer.from(authority.cert).toString('base64'),
        },
      },
    ],
    users: [{ name: 'admin', user: { token: ADMIN_TOKEN } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  const files = {
    'tls.crt': serving.cert,
    'tls.key': serving.key,
    'service-account.key': privateKey,
    'service-account.pub': publicKey,
    'tokens.csv': `${ADMIN_TOKEN},admin,admin,system:masters\n`,
    kubeconfig: JSON.stringify(kubeconfig),
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(join(dir, name), content, { mode: 0o600 });
  return join(dir, 'kubeconfig');
}

function startEtcd(dir: string, clientUrl: string, peerUrl: string): Child {
  const flags = {
    name: 'test',
    'data-dir': join(dir, 'etcd'),
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `test=${peerUrl}`,
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  };
  return new Child('etcd', findBinary('etcd', 'etcd'), render(flags), join(dir, 'etcd.log'));
}

function startApiServer({ dir, port, etcd, reachesEndpoints, featureGates }: Settings): Child {
  const flags = {
    'etcd-servers': etcd,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    // What the endpoints of the kubernetes Service show; loopback would be refused there.
    'advertise-address': '192.0.2.10',
    'tls-cert-file': join(dir, 'tls.crt'),
    'tls-private-key-file': join(dir, 'tls.key'),
    'token-auth-file': join(dir, 'tokens.csv'),
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': join(dir, 'service-account.pub'),
    'service-account-signing-key-file': join(dir, 'service-account.key'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'authorization-mode': 'Node,RBAC',
    // Nothing makes the default ServiceAccount of a namespace here, so that no pod could be created.
    'disable-admission-plugins': 'ServiceAccount',
    'allow-privileged': true,
    'enable-aggregator-routing': reachesEndpoints,
    'feature-gates': featureGates,
  };
  const binary = findBinary('kubernetes', 'kube-apiserver');
  return new Child('kube-apiserver', binary, render(flags), join(dir, 'kube-apiserver.log'));
}

function render(flags: Record<string, string | number | boolean>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

async function untilReady(client: KubeClient, children: readonly Child[]): Promise<void> {
  const giveUp = AbortSignal.timeout(90_000);
  for (;;) {
    for (const child of children) child.assertRunning();
    try {
      if ((await client.rawText('/readyz')) === 'ok') return;
    } catch (cause) {
      if (giveUp.aborted) throw new Error('kube-apiserver is not ready', { cause });
      await pause(50);
    }
  }
}

function impersonate(cluster: Cluster, user: string, groups: string[]): Cluster {
  return {
    ...cluster,
    async credentials() {
      const credentials = await cluster.credentials();
      const group = groups.length === 0 ? {} : { 'Impersonate-Group': groups };
      return { ...credentials, headers: { ...credentials.headers, 'Impersonate-User': user, ...group } };
    },
  };
}
