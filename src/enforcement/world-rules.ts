import { cidrList, isV6, overlaps } from './cidr.ts';
import type { EgressRule } from './network-policy.ts';
import { specialPurposeV4, specialPurposeV6 } from './special-purpose.ts';

export interface WorldRanges {
  /** The found pod, Service and node ranges: no proxy may be a way into the cluster. */
  cluster: readonly string[];
  /** The special-purpose ranges that the operator opens. */
  opened: readonly string[];
}

/** The public internet, and what the operator opened beside it. The cluster's own ranges stay closed in both. */
export function worldRules({ cluster, opened }: WorldRanges): EgressRule[] {
  const closed = cidrList([...cluster]);
  const blocks = [
    { cidr: '0.0.0.0/0', except: cidrList([...specialPurposeV4, ...closed.filter((cidr) => !isV6(cidr))]) },
    { cidr: '::/0', except: cidrList([...specialPurposeV6, ...closed.filter(isV6)]) },
    ...cidrList([...opened]).flatMap((cidr) => openedBlock(cidr, closed)),
  ];
  return [{ to: blocks.map(({ cidr, except }) => ({ ipBlock: ipBlock(cidr, outermost(except)) })) }];
}

/** A range that lies inside one of the cluster's opens nothing; one around it leaves that out. */
function openedBlock(cidr: string, closed: readonly string[]): { cidr: string; except: string[] }[] {
  const touching = closed.filter((range) => overlaps(range, cidr));
  if (touching.some((range) => bits(range) <= bits(cidr))) return [];
  return [{ cidr, except: touching }];
}

/** An exception inside another one says nothing more. */
function outermost(cidrs: readonly string[]): string[] {
  return cidrs.filter(
    (cidr) => !cidrs.some((other) => other !== cidr && bits(other) < bits(cidr) && overlaps(other, cidr)),
  );
}

function ipBlock(cidr: string, except: string[]) {
  return except.length === 0 ? { cidr } : { cidr, except };
}

function bits(cidr: string): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1));
}
