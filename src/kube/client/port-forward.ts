import { Duplex, PassThrough } from 'node:stream';
import { type LoadClusterOptions, loadKubeConfig } from './cluster.ts';

export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/** Connects to a pod's port. */
export type PortForward = (target: PodPort) => Promise<Duplex>;

/**
 * Returns a function that connects through the API server, as `kubectl port-forward` does, with the rights of the kubeconfig's
 * user or of `impersonate`.
 */
export async function loadPortForward({
  impersonate,
  ...options
}: LoadClusterOptions & { impersonate?: string | undefined }): Promise<PortForward> {
  const { PortForward: Forward } = await import('@kubernetes/client-node');
  const config = await loadKubeConfig(options);
  if (impersonate !== undefined)
    config.users = config.users.map((user) => ({ ...user, impersonateUser: impersonate }));
  const forward = new Forward(config);
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
