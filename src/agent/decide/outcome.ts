import { type ExplainedRequest, explainRefusal } from '../../rules/index.ts';
import { detachString } from '../detach-string.ts';
import type { FoundClient } from '../identity/index.ts';
import { type AclRequest, formatNotes } from '../squid-acl/index.ts';
import type { ClientPod } from '../state/index.ts';
import type { Inputs } from './answer-cache.ts';
import { composeNotes } from './compose-notes.ts';
import { outlineTunnel, type TunnelOutline } from './describe-tunnel.ts';
import { type Evaluation, portOf } from './evaluate.ts';

/** The part of a decision that identical requests share (all but id and time). */
export interface Outcome {
  evaluation: Evaluation;
  /** Address of the client. */
  source: string;
  inputs: Inputs;
  /** Undefined if they contain the id: those of a deny, and those that send it to a parent. */
  notes: string | undefined;
  /** Undefined if no tunnel opens. */
  tunnel: TunnelOutline | undefined;
}

/** `revision`: of the policy state before the evaluation began. */
export function buildOutcome(request: AclRequest, evaluation: Evaluation, revision: number): Outcome {
  const { decision, found, resolved, addresses, route } = evaluation;
  const inputs = {
    revision,
    hasClient: 'client' in found,
    resolved,
    usesParents: route !== undefined && route.kind !== 'direct',
  };
  const source = detachString(request.source);
  if (decision.verdict === 'deny') return { evaluation, source, inputs, notes: undefined, tunnel: undefined };
  const connect = { request, port: portOf(request), decision, pod: podOf(found), addresses, route };
  return {
    evaluation,
    source,
    inputs,
    notes: sendsId(evaluation) ? undefined : renderNotes(evaluation, '', undefined),
    tunnel: request.method === 'CONNECT' ? outlineTunnel(connect) : undefined,
  };
}

/** `text`: of a refusal. */
export function renderNotes(
  { decision, found, addresses, route }: Evaluation,
  id: string,
  text: string | undefined,
): string {
  return formatNotes(composeNotes({ id, decision, pod: podOf(found), text, addresses, route }));
}

/** The text of a refusal, for the client and for an Event; undefined for an allow. */
export function refusalText(
  { method, host, port }: AclRequest,
  { decision, client, inCluster }: Evaluation,
  id: string,
): string | undefined {
  if (decision.verdict === 'allow') return undefined;
  const request: ExplainedRequest = { client, method, host, port: portOf({ port }), inCluster };
  return explainRefusal(decision, request, id);
}

export function podOf(found: FoundClient): ClientPod | undefined {
  return 'pod' in found ? found.pod : undefined;
}

function sendsId({ route }: Evaluation): boolean {
  return route?.kind === 'parents' && route.shown.header?.value === 'DecisionId';
}
