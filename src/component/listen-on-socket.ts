import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';

/**
 * Listens on a Unix socket for the other containers of the pod. Replaces the socket that a killed process has left. The
 * socket is open to the group, which is the pod's fsGroup.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o660);
}
