import { Duplex, PassThrough } from 'node:stream';
import { type LoadClusterOptions, loadKubeConfig } from './cluster.ts';

export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/** Returns a function that connects to a pod's port through the API server, as `kubectl port-forward` does. */
export async function loadPortForward(
  options: LoadClusterOptions,
): Promise<(target: PodPort) => Promise<Duplex>> {
  const { PortForward } = await import('@kubernetes/client-node');
  const forward = new PortForward(await loadKubeConfig(options));
  return async ({ namespace, pod, port }) => {
    const fromPod = new PassThrough();
    const toPod = new PassThrough();
    const faults = new PassThrough();
    const socket = await forward.portForward(namespace, pod, [port], fromPod, faults, toPod);
    if (typeof socket === 'function') throw new TypeError('port-forward returned no WebSocket');
    const stream = Duplex.from({ readable: fromPod, writable: toPod });
    faults.on('data', (text: Buffer) => stream.destroy(new Error(text.toString().trim())));
    socket.onclose = () => fromPod.end();
    stream.once('close', () => socket.close());
    return stream;
  };
}
