import { type Address, parseAddress } from '../address/index.ts';
import { deniedByRule, isObserved, observed } from './decide.ts';
import {
  type Allowed,
  type Decision,
  type Denied,
  deny,
  type Refusal,
  refusal,
  type Snapshot,
} from './decision.ts';
import { guardAddress } from './destination-guard.ts';
import { findDeniedRange } from './match-rules.ts';
import type { ProxyRequest } from './request.ts';

/** `addresses`: the ones that the proxy may dial, canonical and in the order given. */
export type ResolvedCheck =
  | { decision: Allowed; addresses: readonly string[] }
  | { decision: Denied; addresses: readonly [] };

/**
 * Second stage of a decision with `mustResolve` (the table at `decide`): checks the addresses to which the name
 * resolves. An address in a cluster Deny range denies the name. Special-purpose addresses are removed; the name is denied
 * if none is left.
 */
export function checkResolved(
  decision: Allowed,
  request: ProxyRequest,
  addresses: Iterable<string>,
  snapshot: Snapshot,
): ResolvedCheck {
  const parsed = [...addresses].map(parseAddress).filter((address) => address !== undefined);
  if (parsed.length === 0) return refused(refusal('NameNotResolved'), decision);
  const denied = deniedAddress(parsed, request, snapshot);
  if (denied !== undefined && !isObserved(request.client)) return refused(denied, decision);

  const { dialable, guarded } = partition(parsed, request, snapshot);
  if (guarded !== undefined && dialable.length === 0) return refused(guarded, decision);
  const lifted = denied === undefined || decision.wouldDeny !== undefined ? {} : observed(denied);
  return { decision: { ...decision, ...lifted }, addresses: dialable };
}

/** The addresses that pass the guard, each once, and why another one does not. */
function partition(
  addresses: readonly Address[],
  request: ProxyRequest,
  snapshot: Snapshot,
): { dialable: string[]; guarded: Refusal | undefined } {
  const dialable = new Set<string>();
  let guarded: Refusal | undefined;
  for (const address of addresses) {
    const refusal = guardAddress(address, request, snapshot);
    if (refusal === undefined) dialable.add(address.text);
    else guarded = mostFixable(guarded, refusal);
  }
  return { dialable: [...dialable], guarded };
}

function deniedAddress(
  addresses: readonly Address[],
  { client, port }: ProxyRequest,
  { ruleSets, settings }: Snapshot,
): Refusal | undefined {
  for (const address of addresses) {
    const rule = findDeniedRange(ruleSets, client, { address, port }, settings.nat64Prefixes);
    if (rule !== undefined) return deniedByRule(rule);
  }
  return undefined;
}

/** Prefers the refusal that a rule could lift: it tells the client most. */
function mostFixable(first: Refusal | undefined, second: Refusal): Refusal {
  return first === undefined || (first.remedy !== 'rule' && second.remedy === 'rule') ? second : first;
}

function refused(refusal: Refusal, decision: Decision): ResolvedCheck {
  return { decision: deny(refusal, decision.destination), addresses: [] };
}
