import { AgentConnections, type AgentPod, agentHeaders, readAgentBundle } from '../../agent-client/index.ts';
import { POD_WEBHOOKS, PRODUCT_NAMESPACE } from '../../api/index.ts';
import { resources } from '../../kube/index.ts';
import { agentPorts } from '../../proxy/index.ts';
import { systemClock } from '../../time/index.ts';
import type { Connection } from './connect.ts';

/** Runs a command with the agents' API, reached through the API server and over TLS that ends in the agent. */
export async function withAgents<Result>(
  { client, cluster, loadPortForward }: Connection,
  run: (get: (agent: AgentPod, path: string) => Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const [forward, podWebhooks] = await Promise.all([
    loadPortForward(),
    client.find(resources.mutatingWebhookConfigurations, { name: POD_WEBHOOKS }),
  ]);
  const bundle = readAgentBundle(podWebhooks);
  const agents = new AgentConnections({
    port: agentPorts.api,
    bundle: () => bundle,
    headers: agentHeaders({ cluster, client, clock: systemClock, productNamespace: PRODUCT_NAMESPACE }),
    dial({ name }) {
      const [namespace = '', pod = ''] = name.split('/');
      return forward({ namespace, pod, port: agentPorts.api });
    },
  });
  try {
    return await run((agent, path) => agents.get(agent, path));
  } finally {
    await agents.close();
  }
}
