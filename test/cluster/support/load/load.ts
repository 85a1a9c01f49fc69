import { readFileSync } from 'node:fs';
import { bash } from '../../../../scripts/scenario/shell.ts';

export interface LoadResult {
  counts: Record<string, number>;
  samples: Record<string, string>;
  /** The longest time to an answer. */
  slowestMs: number;
  /** The time to an answer that 99 of 100 did not exceed. */
  p99Ms: number;
  /** Milliseconds since the epoch, by the pod's clock. */
  endedAt: number;
}

export interface LoadOptions {
  target: string;
  concurrency?: number;
  total?: number;
  seconds?: number;
  pauseMs?: number;
  until?: string;
}

type Script = 'connect.mjs' | 'mixed.mjs';

/** A pod with the product's image (for its Node) that `runLoad` or `runMixed` uses. The namespace must exist. */
export async function startLoadPod(
  namespace: string,
  name = 'load',
  script: Script = 'connect.mjs',
): Promise<void> {
  const image = (
    await bash(
      `kubectl get deployment kube-egress-controller -n kube-egress-system -o jsonpath='{.spec.template.spec.containers[0].image}'`,
    )
  ).stdout.trim();
  const source = readFileSync(new URL(`./${script}`, import.meta.url), 'utf8');
  const manifest = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { [script]: source } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          // A port of a closed connection rests for a minute: of the usual 28,000 a client has 470 a second.
          securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_port_range', value: '1024 65535' }] },
          containers: [
            {
              name: 'main',
              image,
              command: ['sleep', 'infinity'],
              volumeMounts: [{ name: 'load', mountPath: '/load' }],
            },
          ],
          volumes: [{ name: 'load', configMap: { name } }],
        },
      },
    ],
  };
  const applied = await bash('kubectl apply -f -', { input: JSON.stringify(manifest) });
  if (applied.code !== 0) throw new Error(applied.stderr);
  const ready = await bash(`kubectl wait -n ${namespace} --for=condition=Ready pod/${name} --timeout=60s`, {
    timeoutSeconds: 70,
  });
  if (ready.code !== 0) throw new Error(ready.stderr);
}

/** How many requests ended how: `GET a:80 200` and the like. */
export async function runMixed(
  pod: string,
  requests: { method: string; target: string; count: number }[],
): Promise<Record<string, number>> {
  const [namespace, name] = pod.split('/');
  const options = JSON.stringify({ requests });
  const ran = await bash(`kubectl exec -n ${namespace} ${name} -- node /load/mixed.mjs '${options}'`, {
    timeoutSeconds: 280,
  });
  if (ran.code !== 0) throw new Error(`load failed: ${ran.stderr}`);
  return JSON.parse(ran.stdout);
}

export async function runLoad(pod: string, options: LoadOptions): Promise<LoadResult> {
  const [namespace, name] = pod.split('/');
  const ran = await bash(
    `kubectl exec -n ${namespace} ${name} -- node /load/connect.mjs '${JSON.stringify(options)}'`,
    { timeoutSeconds: 600 },
  );
  if (ran.code !== 0) throw new Error(`load failed: ${ran.stderr}`);
  return JSON.parse(ran.stdout) as LoadResult;
}

/** Loads that run in a pod without a connection to it: they keep running while the API server or the kubelet is gone. */
export class DetachedLoads {
  readonly #pod: string;
  readonly #names: readonly string[];

  private constructor(pod: string, names: readonly string[]) {
    this.#pod = pod;
    this.#names = names;
  }

  static async start(pod: string, loads: Record<string, LoadOptions>): Promise<DetachedLoads> {
    const commands = Object.entries(loads).map(([name, load]) => {
      const options = JSON.stringify({ ...load, until: MARK });
      return `node /load/connect.mjs '${options}' > ${resultOf(name)} 2>&1 < /dev/null &`;
    });
    await inLoadPod(pod, [`rm -f ${MARK}`, ...commands].join('\n'));
    return new DetachedLoads(pod, Object.keys(loads));
  }

  /** Results by name. Each request that is under way is waited for, which takes up to 45 s. */
  async end(): Promise<Record<string, LoadResult>> {
    await inLoadPod(this.#pod, `touch ${MARK}`);
    const ended = this.#names.map(async (name) => {
      const wait = `for i in $(seq 300); do [ -s ${resultOf(name)} ] && break; sleep 0.2; done; cat ${resultOf(name)}`;
      return [name, JSON.parse(await inLoadPod(this.#pod, wait)) as LoadResult] as const;
    });
    return Object.fromEntries(await Promise.all(ended));
  }
}

const MARK = '/tmp/enough';
const resultOf = (name: string) => `/tmp/${name}.json`;

async function inLoadPod(pod: string, script: string): Promise<string> {
  const [namespace, name] = pod.split('/');
  const ran = await bash(`kubectl exec -i -n ${namespace} ${name} -- sh`, {
    input: script,
    timeoutSeconds: 90,
  });
  if (ran.code !== 0) throw new Error(`in ${pod}: ${ran.stderr}`);
  return ran.stdout;
}
