import { type ExplainedRequest, explainRefusal, refusalFields } from '../../rules/index.ts';
import type { FoundClient } from '../identity/index.ts';
import { ownerOf } from '../limits/index.ts';
import { type AclRequest, formatNotes } from '../squid-acl/index.ts';
import type { ClientPod } from '../state/index.ts';
import type { Inputs } from './answer-cache.ts';
import { composeNotes, type ShownRefusal } from './compose-notes.ts';
import { type Evaluation, portOf } from './evaluate.ts';
import { type AllowOutline, outlineRequest } from './outline-request.ts';

/** The part of a decision that identical requests share (all but id and time). */
export interface Outcome {
  evaluation: Evaluation;
  inputs: Inputs;
  /** Undefined if they contain the id: those of a deny, and those that send it to a parent. */
  notes: string | undefined;
  /** Undefined for a deny. */
  outline: AllowOutline | undefined;
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
  if (decision.verdict === 'deny') return { evaluation, inputs, notes: undefined, outline: undefined };
  return {
    evaluation,
    inputs,
    notes: sendsId(evaluation) ? undefined : renderNotes(evaluation, '', undefined),
    outline: outlineRequest({
      request,
      port: portOf(request),
      decision,
      pod: podOf(found),
      addresses,
      route,
    }),
  };
}

export function renderNotes(
  { decision, found, addresses, route, gate }: Evaluation,
  id: string,
  refusal: ShownRefusal | undefined,
): string {
  const tag = 'client' in found ? ownerOf(found.client) : undefined;
  return formatNotes(composeNotes({ id, decision, pod: podOf(found), tag, refusal, addresses, route, gate }));
}

/** Undefined for an allow. */
export function showRefusal(
  { method, host, port }: AclRequest,
  { decision, client, inCluster }: Evaluation,
  id: string,
): ShownRefusal | undefined {
  if (decision.verdict === 'allow') return undefined;
  const request: ExplainedRequest = { client, method, host, port: portOf({ port }), inCluster };
  return {
    text: explainRefusal(decision, request, id),
    json: JSON.stringify(refusalFields(decision, request, id)),
  };
}

export function podOf(found: FoundClient): ClientPod | undefined {
  return 'pod' in found ? found.pod : undefined;
}

function sendsId({ route }: Evaluation): boolean {
  return route?.kind === 'parents' && route.shown.header?.value === 'DecisionId';
}
