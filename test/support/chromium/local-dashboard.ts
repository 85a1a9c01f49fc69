import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const main = new URL('../../../src/main.ts', import.meta.url).pathname;

/** `kube-egress dashboard --local` as its own process, with the kubeconfig of this one. */
export interface LocalDashboard extends AsyncDisposable {
  /** With the secret behind the `#`. */
  url: string;
  origin: string;
  secret: string;
}

/** The page has to be built (npm run build). */
export async function startLocalDashboard(): Promise<LocalDashboard> {
  const args = [main, 'dashboard', '--local', `--port=${await freePort()}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let told = '';
  const url = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      told += chunk;
      const found = /http:\/\/\S+#key=\S+/.exec(told)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    void exited.then(() => reject(new Error(`the dashboard has ended: ${told}`)));
  });
  return {
    url,
    origin: new URL(url).origin,
    secret: new URL(url).hash.replace('#key=', ''),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
