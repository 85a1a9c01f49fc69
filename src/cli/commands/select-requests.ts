import { type KubeClient, type Pod, resources } from '../../kube/index.ts';
import { type Connection, findServing, listProxyPods } from '../cluster/index.ts';
import type { Flag, Invocation } from '../command-line/index.ts';
import type { RecordFilter } from '../logs/index.ts';

/** Follows a refusal of the API server: why a team may lack the right. */
export const NOT_OF_TEAMS =
  "note: a proxy sees the requests of every namespace, so that its log and its flows are the operator's; with the role view of a namespace use kubectl egress top, explain, or the dashboard\n";

/** The flags of commands that show single requests. */
export const requestFlags: readonly Flag[] = [
  {
    name: 'refused',
    about: 'Only what was refused, and in observe mode what enforce mode would refuse.',
  },
  {
    name: 'all-namespaces',
    short: 'A',
    about: 'Requests of all namespaces, and of clients that are not pods.',
  },
];

/** The requests that the arguments and `requestFlags` select. */
export function readFilter(
  { args, has }: Pick<Invocation, 'args' | 'has'>,
  { namespace }: Pick<Connection, 'namespace'>,
): RecordFilter {
  return {
    namespace: has('all-namespaces') ? undefined : namespace,
    client: args[0],
    refused: has('refused'),
  };
}

/**
 * Returns a function that lists the pods of the namespace's proxy: of all proxies without a namespace, or where none serves
 * it.
 */
export async function proxyPods(
  { io }: Pick<Invocation, 'io'>,
  client: KubeClient,
  { namespace }: RecordFilter,
): Promise<() => Promise<Pod[]>> {
  const { proxy } = namespace === undefined ? {} : await findServing(client, namespace);
  if (proxy !== undefined) return () => listProxyPods(client, [proxy]);
  if (namespace !== undefined)
    io.note(`note: no proxy serves ${namespace}; this is what its pods requested of any proxy\n`);
  return async () => listProxyPods(client, (await client.list(resources.egressProxies)).items);
}
