import { kubectl } from '../cluster/support/client-pods.ts';
import type { ProxyAddress } from '../cluster/support/own-proxy.ts';

type Figures = { memoryBytes: number; descriptors: number };

/** Memory and descriptors of every process of the product that has much to do, by `process pod`. */
export async function readProcesses({ namespace, name }: ProxyAddress): Promise<Map<string, Figures>> {
  const proxyPods = await podsWith(namespace, `app=${name}`);
  const system = 'kube-egress-system';
  const read: [string, Promise<Figures>][] = [
    ...proxyPods.map((pod): [string, Promise<Figures>] => [
      `agent ${pod}`,
      readMetrics(namespace, pod, 8081),
    ]),
    ...proxyPods.map((pod): [string, Promise<Figures>] => [`squid ${pod}`, readSquid(namespace, pod)]),
  ];
  for (const component of ['controller', 'webhook'])
    for (const pod of await podsWith(system, `egress.zalando.org/component=${component}`))
      read.push([`${component} ${pod}`, readMetrics(system, pod, 8080)]);
  return new Map(await Promise.all(read.map(async ([key, figures]) => [key, await figures] as const)));
}

async function podsWith(namespace: string, selector: string): Promise<string[]> {
  const list = `get pods -n ${namespace} -l ${selector} -o jsonpath='{.items[*].metadata.name}'`;
  return (await kubectl(list)).split(' ');
}

async function readMetrics(namespace: string, pod: string, port: number): Promise<Figures> {
  const text = await kubectl(`get --raw /api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/metrics`);
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return { memoryBytes: value('process_resident_memory_bytes'), descriptors: value('process_open_fds') };
}

async function readSquid(namespace: string, pod: string): Promise<Figures> {
  const script =
    'for p in /proc/[0-9]*; do read -r name < $p/comm; [ "$name" != squid ] || { sed -n "s/^VmRSS: *//p" $p/status; ls $p/fd | wc -l; }; done';
  const [memory = '', descriptors] = (
    await kubectl(`exec -n ${namespace} ${pod} -c squid -- sh -c '${script}'`)
  ).split('\n');
  return { memoryBytes: Number.parseInt(memory, 10) * 1024, descriptors: Number(descriptors) };
}
