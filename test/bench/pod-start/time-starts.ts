import { type KubeClient, type KubeObject, type Pod, resources } from '../../../src/kube/index.ts';

export interface Starts {
  /** Milliseconds of each create call, and until the container ran, pod by pod. */
  created: number[];
  running: number[];
}

export interface StartsOptions {
  namespace: string;
  count: number;
  pod: (namespace: string, name: string) => Pod & KubeObject;
}

/** Milliseconds between two looks at a starting pod. */
const LOOK = 10;
/** Milliseconds after which a pod counts as stuck. */
const PATIENCE = 60_000;
let made = 0;

/** Starts pods one after another, each by itself, and takes them away. */
export async function timeStarts(
  client: KubeClient,
  { namespace, count, pod }: StartsOptions,
): Promise<Starts> {
  const starts: Starts = { created: [], running: [] };
  for (let index = 0; index < count; index += 1) {
    made += 1;
    const name = `pod-${made}`;
    const begun = performance.now();
    await client.create(resources.pods, pod(namespace, name));
    starts.created.push(performance.now() - begun);
    await untilRunning(client, namespace, name, begun);
    starts.running.push(performance.now() - begun);
    await client.delete(resources.pods, { namespace, name });
  }
  return starts;
}

async function untilRunning(
  client: KubeClient,
  namespace: string,
  name: string,
  begun: number,
): Promise<void> {
  for (;;) {
    const { status } = await client.get<Pod>(resources.pods, { namespace, name });
    if (status?.phase === 'Running') return;
    if (performance.now() - begun > PATIENCE) throw new Error(`pod ${namespace}/${name} does not start`);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}
