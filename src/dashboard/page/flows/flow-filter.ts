import type { DashboardFlow } from '../../wire.ts';

export const outcomes = ['refused', 'observed', 'allowed', 'open'] as const;
/** `observed`: observe mode allowed a request that enforce mode would refuse. */
export type FlowOutcome = (typeof outcomes)[number];

/** An empty filter matches every flow. Pod and target match substrings, ignoring case. */
export interface FlowFilter {
  namespace?: string;
  pod?: string;
  target?: string;
  outcome?: FlowOutcome;
}

export function outcomeOf({
  verdict,
  wouldDeny,
  state,
}: Pick<DashboardFlow, 'verdict' | 'wouldDeny' | 'state'>): FlowOutcome {
  if (verdict === 'deny') return 'refused';
  if (wouldDeny) return 'observed';
  return state === 'open' ? 'open' : 'allowed';
}

/** Matches the namespace exactly, pod and target by substring. */
export function matches(flow: DashboardFlow, { namespace, pod, target, outcome }: FlowFilter): boolean {
  if (namespace && flow.namespace !== namespace) return false;
  if (pod && !includes(flow.pod ?? flow.client, pod)) return false;
  if (target && !includes(flow.target, target)) return false;
  return outcome === undefined || isOutcome(flow, outcome);
}

export function isEmpty(filter: FlowFilter): boolean {
  return formatFilter(filter).size === 0;
}

export function parseFilter(query: URLSearchParams): FlowFilter {
  const filter: FlowFilter = {};
  for (const name of ['namespace', 'pod', 'target'] as const) {
    const text = query.get(name)?.trim();
    if (text) filter[name] = text;
  }
  const outcome = outcomes.find((known) => known === query.get('outcome'));
  return outcome === undefined ? filter : { ...filter, outcome };
}

export function formatFilter(filter: FlowFilter): URLSearchParams {
  const given = Object.entries(filter).filter(([, value]) => value);
  return new URLSearchParams(given as [string, string][]);
}

/** An open tunnel that enforce mode would refuse has two outcomes. */
function isOutcome(flow: DashboardFlow, outcome: FlowOutcome): boolean {
  return outcome === 'open' ? flow.state === 'open' : outcomeOf(flow) === outcome;
}

function includes(text: string | undefined, substring: string): boolean {
  return text?.toLowerCase().includes(substring.toLowerCase()) ?? false;
}
