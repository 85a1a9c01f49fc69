import { isIP } from 'node:net';
import type { EgressProxy } from '../../api/index.ts';
import { keyOf } from '../../kube/index.ts';
import type { Context } from '../context.ts';
import { type KnownName, learnAnswers, rememberAddresses } from '../direct-targets/index.ts';

/** The upstreams' hosts with their addresses, in both families; those looked up whose time has come. */
export async function followHosts(
  proxy: EgressProxy,
  { upstreamNames, resolveName, clock }: Pick<Context, 'upstreamNames' | 'resolveName' | 'clock'>,
): Promise<ReadonlyMap<string, KnownName>> {
  const before = upstreamNames.get(keyOf(proxy));
  const hosts = new Set((proxy.spec.upstreams ?? []).map(({ host }) => host));
  const found = [...hosts].map(async (host): Promise<[string, KnownName]> => {
    const now = clock.monotonic();
    if (isIP(host) !== 0) {
      return [host, { ...rememberAddresses([host], now), askAt: Number.POSITIVE_INFINITY }];
    }
    const known = before?.get(host) ?? rememberAddresses(openFor(host, proxy), now);
    if (known.askAt > now) return [host, known];
    return [host, withLastKnown(known, learnAnswers(known, await resolveName(host), clock.monotonic()))];
  });
  const names = new Map(await Promise.all(found));
  upstreamNames.set(keyOf(proxy), names);
  return names;
}

/** A parent must not be cut off because its name is gone for a while: unlike a direct target it stays as it was. */
function withLastKnown(before: KnownName, now: KnownName): KnownName {
  return now.addresses.length > 0 ? now : { ...now, addresses: before.addresses };
}

/** What stood open when another replica led. */
function openFor(host: string, { spec, status }: EgressProxy): string[] {
  const names = new Set((spec.upstreams ?? []).filter((each) => each.host === host).map(({ name }) => name));
  const open = (status?.upstreams ?? []).filter(({ name }) => names.has(name));
  return [...new Set(open.flatMap(({ addresses = [] }) => addresses))];
}
