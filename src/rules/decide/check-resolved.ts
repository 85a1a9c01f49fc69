import { type Address, parseAddress } from '../address/address.ts';
import { observed } from './decide.ts';
import {
  type Allowed,
  type Decision,
  type Denied,
  deny,
  type EgressRequest,
  type Refusal,
  refusal,
  type Snapshot,
} from './decision.ts';
import { guardAddress } from './destination-guard.ts';
import { findDeniedRange } from './match-rules.ts';

/** `addresses`: those that the proxy may dial, in canonical spelling and the order given. */
export type ResolvedCheck =
  | { decision: Allowed; addresses: readonly string[] }
  | { decision: Denied; addresses: readonly [] };

/**
 * The second stage, for a decision with `mustResolve`: what a name resolves to. One address in a cluster Deny range
 * refuses the name; special-purpose addresses are taken out, and a name is refused when none is left.
 */
export function checkResolved(
  decision: Allowed,
  request: EgressRequest,
  addresses: Iterable<string>,
  snapshot: Snapshot,
): ResolvedCheck {
  const parsed = [...addresses].map(parseAddress).filter((address) => address !== undefined);
  if (parsed.length === 0) return refused(refusal('NameNotResolved'), decision);
  const denied = judgeDeny(parsed, request, snapshot);
  if (denied !== undefined && !isObserved(request)) return refused(denied, decision);

  const { dialled, guarded } = sift(parsed, request, snapshot);
  if (guarded !== undefined && dialled.length === 0) return refused(guarded, decision);
  const lifted = denied === undefined || decision.wouldDeny !== undefined ? {} : observed(denied);
  return { decision: { ...decision, ...lifted }, addresses: dialled };
}

/** The addresses that pass the guard, each once, and why one did not. */
function sift(
  addresses: readonly Address[],
  request: EgressRequest,
  snapshot: Snapshot,
): { dialled: string[]; guarded: Refusal | undefined } {
  const dialled = new Set<string>();
  let guarded: Refusal | undefined;
  for (const address of addresses) {
    const refusal = guardAddress(address, request, snapshot);
    if (refusal === undefined) dialled.add(address.text);
    else guarded = mostMendable(guarded, refusal);
  }
  return { dialled: [...dialled], guarded };
}

function judgeDeny(
  addresses: readonly Address[],
  { client, port }: EgressRequest,
  { book }: Snapshot,
): Refusal | undefined {
  for (const address of addresses) {
    const rule = findDeniedRange(book, client, address, port);
    if (rule !== undefined) return refusal('DeniedByRule', { rule, remedy: 'operator' });
  }
  return undefined;
}

/** Of several addresses that are refused, the one that a rule could open tells the client most. */
function mostMendable(first: Refusal | undefined, second: Refusal): Refusal {
  return first === undefined || (first.remedy !== 'rule' && second.remedy === 'rule') ? second : first;
}

function isObserved({ client }: EgressRequest): boolean {
  return client.kind === 'pod' && client.mode === 'observe';
}

function refused(refusal: Refusal, decision: Decision): ResolvedCheck {
  return { decision: deny(refusal, decision.destination), addresses: [] };
}
