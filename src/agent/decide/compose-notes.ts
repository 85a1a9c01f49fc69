import { type Decision, formatRule } from '../../rules/index.ts';
import { type AclAnswer, asciiLine } from '../squid-acl/index.ts';
import type { ClientPod } from '../state/index.ts';
import type { Route } from '../upstream/index.ts';
import type { GateOrder } from './order-gate.ts';

/** A refusal as the client gets it. */
export interface ShownRefusal {
  /** One line, for persons; Events have it, too. */
  text: string;
  /** A JSON object, for programs. */
  json: string;
}

export interface NoteParts {
  id: string;
  decision: Decision;
  pod: ClientPod | undefined;
  /** The owner whose limits hold for the client; undefined for an unknown client. */
  tag: string | undefined;
  refusal: ShownRefusal | undefined;
  addresses: readonly string[] | undefined;
  /** Undefined if the request is denied. */
  route: Route | undefined;
  gate?: GateOrder | undefined;
}

/** Most addresses in an audit line. */
const SHOWN_ADDRESSES = 8;

/**
 * The notes for Squid's log and so for the audit line, after verdict and identifier. They contain the identifier only if
 * a parent is sent it.
 */
export function composeNotes({
  id,
  decision,
  pod,
  tag,
  refusal,
  addresses,
  route,
  gate,
}: NoteParts): AclAnswer {
  return {
    namespace: pod?.metadata.namespace,
    pod: pod?.metadata.name,
    owner: pod?.owner,
    ...(decision.verdict === 'allow' ? allowed(decision) : denied(decision, refusal)),
    resolved: addresses?.slice(0, SHOWN_ADDRESSES).join(','),
    tag: decision.verdict === 'allow' ? tag : undefined,
    ...(decision.verdict === 'allow' && gate !== undefined && { gate: gate.mode, gateName: gate.name }),
    ...(decision.verdict === 'allow' && route !== undefined && routed(route, id, pod)),
  };
}

/** In observe mode the reason is the one that enforce would have given. */
function allowed({ reason, rule, wouldDeny }: Extract<Decision, { verdict: 'allow' }>): AclAnswer {
  return {
    reason: wouldDeny?.reason ?? reason,
    rule: ruleText(wouldDeny?.rule ?? rule),
    wouldDeny: wouldDeny === undefined ? undefined : 'true',
  };
}

function routed(route: Route, id: string, pod: ClientPod | undefined): AclAnswer {
  if (route.kind !== 'parents') return { route: route.kind === 'direct' ? 'direct' : undefined };
  const { login, header } = route.shown;
  const identity = pod && `${pod.metadata.namespace}/${pod.metadata.name}`;
  return {
    upstream: route.names.join(','),
    login,
    headerName: header?.name,
    headerValue: header && (header.value === 'DecisionId' ? id : identity),
  };
}

function denied(
  { reason, rule }: Extract<Decision, { verdict: 'deny' }>,
  refusal: ShownRefusal | undefined,
): AclAnswer {
  const line = refusal && asciiLine(refusal.text);
  // The page is HTML: Squid would make `&quot;` of a quotation mark, and curl would show that.
  const message = line?.replaceAll('"', '');
  return { reason, rule: ruleText(rule), decision: line, message, refusal: refusal?.json };
}

function ruleText(rule: Decision['rule']): string | undefined {
  return rule === undefined ? undefined : formatRule(rule);
}
