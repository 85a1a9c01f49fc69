import type { LoadResult } from '../cluster/support/load/load.ts';
import type { Exceptions } from './fault.ts';

/** Clients that ask for a target at the same time. */
export const CLIENTS = 3;

/** Requests to one target. */
export interface ObservedRequests extends Pick<LoadResult, 'counts' | 'slowestMs'> {
  /** Ids of audit lines, and lines with an id that has another line. */
  audited: number;
  repeated: number;
}

/** What was seen from before a fault until after it. */
export interface Observed {
  /** The target that a rule allows all the time, the one that no rule ever allows, and the one whose rule changes. */
  requests: Record<'allowed' | 'refused' | 'changing', ObservedRequests>;
  pods: { right: number; reported: number; unreported: string[]; notAdmitted: number };
  ruleSets: { admitted: number; notAdmitted: number; wrongAdmitted: number };
  /** Seconds from the end of the fault until every ready replica decided by a rule set that was written then. */
  settledSeconds: number;
}

const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);
const of = ({ counts }: ObservedRequests, status: string): number => counts[status] ?? 0;
/** Answers that are a decision. */
const decided = (requests: ObservedRequests): number => of(requests, '200') + of(requests, '403');
const undecided = (requests: ObservedRequests): number => sum(requests.counts) - decided(requests);

/** What holds under every fault, and under this one by its promise: each breach in words. */
export function violationsOf({ requests, pods, ruleSets }: Observed, except: Exceptions): string[] {
  const { allowed, refused } = requests;
  const each = Object.entries(requests);
  const failed = each.filter(([, counted]) => undecided(counted) > 0);
  const repeated = each.reduce((total, [, counted]) => total + counted.repeated, 0);
  return [
    ...unless(
      except.refusedByGuard,
      when(of(allowed, '403') > 0, `${of(allowed, '403')} requests were refused that the rules allow`),
    ),
    ...when(of(refused, '200') > 0, `${of(refused, '200')} requests passed that no rule allows`),
    ...each.flatMap(([name, counted]) => auditViolations(name, counted, except)),
    ...when(ruleSets.wrongAdmitted > 0, `${ruleSets.wrongAdmitted} invalid rule sets were admitted`),
    ...when(pods.unreported.length > 0, `pods without variables are not reported: ${pods.unreported}`),
    ...each.flatMap(([name, counted]) => when(decided(counted) === 0, `no request (${name}) was answered`)),
    ...unless(
      except.unanswered,
      failed.map(([name, { counts }]) => `requests (${name}) were not decided: ${JSON.stringify(counts)}`),
    ),
    ...unless(except.repeatedLines, when(repeated > 0, `${repeated} audit lines were repeated`)),
    ...unless(except.podsWithout, when(pods.reported > 0, `${pods.reported} pods have no variables`)),
    ...unless(except.notAdmitted, when(pods.notAdmitted > 0, `${pods.notAdmitted} pods were not admitted`)),
    ...unless(
      except.notAdmitted,
      when(ruleSets.notAdmitted > 0, `${ruleSets.notAdmitted} rule sets were not admitted`),
    ),
  ];
}

/** Each answer has its line. A request without an answer may have one: it may have reached the proxy. */
function auditViolations(name: string, requests: ObservedRequests, except: Exceptions): string[] {
  const answers = decided(requests);
  const { audited } = requests;
  const unlogged = mayLack(requests, except);
  return [
    ...when(
      audited + unlogged < answers,
      `${answers - audited} of ${answers} requests (${name}) have no audit line`,
    ),
    ...when(
      audited > answers + undecided(requests),
      `there are ${audited} audit lines for ${answers} requests (${name})`,
    ),
  ];
}

/** Answers without an audit line that the promise allows. */
function mayLack(requests: ObservedRequests, { lostLines, unloggedRefusals }: Exceptions): number {
  if (lostLines) return CLIENTS;
  return unloggedRefusals ? Math.min(of(requests, '403'), CLIENTS) : 0;
}

const when = (breach: boolean, text: string): string[] => (breach ? [text] : []);
const unless = (excepted: true | undefined, breaches: string[]): string[] => (excepted ? [] : breaches);

/** The cell `measured` of the printed table. `more`: what the fault itself has measured. */
export function describeObserved(
  { requests, pods, ruleSets, settledSeconds }: Observed,
  more?: unknown,
): string {
  const each = Object.values(requests);
  const total = each.reduce((count, { counts }) => count + sum(counts), 0);
  const without = each.reduce((count, counted) => count + undecided(counted), 0);
  const slowest = Math.max(...each.map(({ slowestMs }) => slowestMs));
  const repeated = each.reduce((count, counted) => count + counted.repeated, 0);
  const missing = each.reduce((count, counted) => count + Math.max(0, decided(counted) - counted.audited), 0);
  const admitted = ruleSets.admitted + ruleSets.notAdmitted;
  const all = pods.right + pods.reported + pods.notAdmitted;
  return [
    `${total} requests, ${without} not decided, slowest ${inSeconds(slowest)} s`,
    `${all} pods: ${pods.reported} without variables (reported), ${pods.notAdmitted} not admitted`,
    `${admitted} rule sets: ${ruleSets.notAdmitted} not admitted`,
    ...when(missing > 0, `${missing} without an audit line`),
    ...when(repeated > 0, `${repeated} audit lines repeated`),
    `rules take effect ${settledSeconds} s after it`,
    ...(typeof more === 'string' ? [more] : []),
  ].join('; ');
}

const inSeconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);

/** The table of a run, as Markdown. */
export function renderFaults(rows: readonly { name: string; promise: string; measured: string }[]): string {
  const lines = rows.map(({ name, promise, measured }) => `| ${name} | ${promise} | ${measured} |`);
  return ['| fault | promise | measured |', '|---|---|---|', ...lines].join('\n');
}
