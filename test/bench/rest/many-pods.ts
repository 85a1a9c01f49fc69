import { type KubeClient, type Pod, resources } from '../../../src/kube/index.ts';
import { SHOP } from '../admission/reviews.ts';

/** Requests at a time. */
const AT_ONCE = 32;

/** Makes running pods out of nothing: an API server without nodes accepts any status. From `from` up to `to`. */
export async function makePods(client: KubeClient, from: number, to: number): Promise<void> {
  let next = from;
  const work = async () => {
    while (next < to) {
      next += 1;
      await makePod(client, next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function makePod(client: KubeClient, number: number): Promise<void> {
  const ip = `10.244.${number >> 8}.${number & 255}`;
  const pod = await client.create<Pod>(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: SHOP, name: `pod-${number}`, labels: { app: `app-${number % 50}` } },
    spec: { containers: [{ name: 'main', image: 'main:1' }] },
  });
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
  await client.update(resources.pods, { ...pod, status }, { subresource: 'status' });
}
