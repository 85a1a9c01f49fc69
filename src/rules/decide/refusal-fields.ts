import type { DecisionReason } from '../../api/index.ts';
import { formatDestination } from '../target/index.ts';
import type { Explained, ExplainedRequest } from './explain-refusal.ts';
import { plain } from './plain.ts';
import { formatRule } from './request.ts';

/** A refusal for programs: the X-Egress-Refusal header, and the page of a client that accepts JSON. */
export interface RefusalFields {
  /** By which Events and the audit log have the refusal. */
  id: string;
  reason: DecisionReason;
  /** `host:port` of the request. */
  target: string;
  /** The namespace of the pod; absent for a client that is none. */
  namespace?: string;
  /** The rule that denies: `namespace/name#index`, or `name#index` for a ClusterEgressRuleSet. */
  rule?: string;
  /** What to write into an EgressRuleSet of the namespace; absent where no rule of it helps. */
  add?: string;
  /** A command that asks for it. */
  command?: string;
  /** Whether another try in a few seconds may pass, without a change of rules. */
  retry?: true;
}

const passing: ReadonlySet<DecisionReason> = new Set([
  'AgentUnavailable',
  'IdentityUnknown',
  'RateLimited',
  'TooManyConnections',
  'TooManyPending',
  'UpstreamUnavailable',
]);

/** The fields of a refusal; names from outside are cut and escaped as in `explainRefusal`. */
export function refusalFields(refused: Explained, request: ExplainedRequest, id: string): RefusalFields {
  const { client, host, port } = request;
  const { reason, rule, destination } = refused;
  const namespace = client.kind === 'pod' ? plain(client.namespace) : undefined;
  const add = namespace === undefined ? undefined : targetToAdd(refused, request);
  return {
    id: plain(id),
    reason,
    target: plain(destination === undefined ? `${host}:${port}` : formatDestination(destination)),
    ...(namespace !== undefined && { namespace }),
    ...(rule !== undefined && { rule: plain(formatRule(rule)) }),
    ...(add !== undefined && {
      add,
      command: `kubectl egress request ${namespace} ${add} --for 2h --reason REASON`,
    }),
    ...(passing.has(reason) && { retry: true }),
  };
}

/** The target whose rule would allow the request; undefined for what a rule does not open, or opens only perhaps. */
function targetToAdd(
  { reason, destination }: Explained,
  { inCluster }: ExplainedRequest,
): string | undefined {
  if (reason !== 'NoMatchingRule' || inCluster !== undefined || destination === undefined) return undefined;
  const target = formatDestination(destination);
  return SHELL_WORD.test(target) ? target : undefined;
}

/** What a shell takes as one word, whatever a client wrote as its host. An IPv6 address has brackets. */
const SHELL_WORD = /^[\w.:[\]-]+$/;
