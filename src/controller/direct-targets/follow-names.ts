import type { EgressRuleSet } from '../../api/index.ts';
import { keyOf } from '../../kube/index.ts';
import type { Context } from '../context.ts';
import { type KnownName, learnAnswers, rememberAddresses } from './follow-name.ts';
import { directHosts } from './plan-direct-targets.ts';

/** The names of a set's direct targets, those looked up whose time has come. Names that it has no more are forgotten. */
export async function followNames(
  set: EgressRuleSet,
  { directNames, resolveName, clock }: Context,
): Promise<ReadonlyMap<string, KnownName>> {
  const before = directNames.get(keyOf(set));
  const found = directHosts(set).map(async (host): Promise<[string, KnownName]> => {
    const known = before?.get(host) ?? rememberAddresses(openFor(host, set), clock.monotonic());
    if (known.askAt > clock.monotonic()) return [host, known];
    const answers = await resolveName(host);
    return [host, learnAnswers(known, answers, clock.monotonic())];
  });
  const names = new Map(await Promise.all(found));
  directNames.set(keyOf(set), names);
  return names;
}

/** What stood open for a name when another replica led. It is judged again like any other address. */
function openFor(host: string, { status }: EgressRuleSet): string[] {
  const opened = (status?.directTargets?.addresses ?? []).filter((each) => each.host === host);
  return [...new Set(opened.map(({ cidr }) => cidr.slice(0, cidr.indexOf('/'))))];
}
