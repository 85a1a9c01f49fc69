import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AgentConnections } from '../../../../src/agent-client/index.ts';
import type { ActivityReport, FlowPage } from '../../../../src/api/index.ts';
import { serviceNames } from '../../../../src/tls/index.ts';
import { kubectl } from '../client-pods.ts';

const PROXIES = 'egress-proxy';

export async function proxyPods(): Promise<string[]> {
  const selector = 'egress.zalando.org/component=proxy';
  const list = await kubectl(`get pods -n ${PROXIES} -l ${selector} -o jsonpath='{.items[*].metadata.name}'`);
  return list.split(' ');
}

/** What each agent answers on its API, asked with the dashboard's token. */
async function askEach<T>(path: string): Promise<T[]> {
  const token = await kubectl('create token -n kube-egress-system kube-egress-dashboard');
  const ca = await kubectl(`get secret -n kube-egress-system kube-egress-ca -o jsonpath='{.data.ca\\.crt}'`);
  const [serverName] = serviceNames('squid', PROXIES);
  return Promise.all(
    (await proxyPods()).map((name) =>
      throughPortForward(name, async (port) => {
        const connections = new AgentConnections({
          port,
          bundle: () => Buffer.from(ca, 'base64').toString(),
          headers: async () => ({ authorization: `Bearer ${token.trim()}` }),
        });
        try {
          return (await connections.get({ address: '127.0.0.1', name, serverName }, path)) as T;
        } finally {
          await connections.close();
        }
      }),
    ),
  );
}

export const askActivity = (): Promise<ActivityReport[]> => askEach<ActivityReport>('/v1/activity');
export const askFlows = (query: string): Promise<FlowPage[]> => askEach<FlowPage>(`/v1/flows?${query}`);

async function throughPortForward<T>(pod: string, use: (port: number) => Promise<T>): Promise<T> {
  const forward = spawn('kubectl', ['port-forward', '-n', PROXIES, `pod/${pod}`, ':8444'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(forward, 'exit');
  try {
    const line = once(createInterface({ input: forward.stdout }), 'line') as Promise<[string]>;
    const [first] = await Promise.race([line, ended.then(() => [''])]);
    const port = /127\.0\.0\.1:(\d+)/.exec(first ?? '')?.[1];
    if (port === undefined) throw new Error(`kubectl port-forward to ${pod} has ended`);
    return await use(Number(port));
  } finally {
    forward.kill();
    await ended;
  }
}
