import type { ClusterEgressRuleSet, EgressProxySpec, Upstream } from '../../api/index.ts';
import { type AddressRange, parseRange, rangeContains, readableRanges } from '../address/index.ts';
import { clip, type Fault, faultAt, type TextFault, textFault } from '../fault.ts';
import { covers, isPort, readHost, type Target } from '../target/index.ts';
import { matchesSelector } from './label-selector.ts';
import { fieldOf, isFields, readList, wrongType } from './read-fields.ts';
import { readTargets } from './read-targets.ts';
import type { RuleSetContext } from './rule-set-context.ts';
import { validateSelector } from './validate-selector.ts';

type Destination = { kind: 'host'; name: string } | { kind: 'range'; range: AddressRange };
interface ReadDirectTarget {
  destination: Destination | undefined;
  port: number | undefined;
  faults: Fault[];
}

const MOST_DIRECT_TARGETS = 100;

/** Validates direct targets. They bypass the proxy and its audit log, so that the operator allows them and sets limits. */
export function validateDirectTargets(
  spec: unknown,
  context: RuleSetContext,
): { count: number; faults: Fault[] } {
  const faults: Fault[] = [];
  const list = readList(spec, 'directTargets', 'spec.directTargets', faults);
  if (list.length === 0) return { count: 0, faults };
  if (list.length > MOST_DIRECT_TARGETS)
    faults.push(
      faultAt(
        'spec.directTargets',
        textFault(
          'TooMany',
          `there are ${list.length} direct targets; at most ${MOST_DIRECT_TARGETS} are allowed in one set: make several`,
        ),
      ),
    );
  const forbidden = forbiddenDestinations(context);
  for (const [index, entry] of list.entries()) {
    const path = `spec.directTargets[${index}]`;
    const read = readDirectTarget(entry, path);
    const against = [
      ...(context.proxies ?? []).flatMap((proxy) => outsideCeiling(read, proxy)),
      ...conflicts(read, forbidden),
    ];
    faults.push(...read.faults, ...unique(against).map((fault) => faultAt(path, fault)));
  }
  return { count: list.length, faults };
}

function readDirectTarget(entry: unknown, path: string): ReadDirectTarget {
  if (!isFields(entry))
    return { destination: undefined, port: undefined, faults: [wrongType(path, 'an object')] };
  const port = fieldOf(entry, 'port');
  const protocol = fieldOf(entry, 'protocol');
  const { destination, fault } = readDestination(entry);
  const faults = fault === undefined ? [] : [faultAt(`${path}.${fault.field}`, fault.fault)];
  if (!isPort(port))
    faults.push(
      faultAt(
        `${path}.port`,
        textFault(
          port === undefined ? 'PortMissing' : 'PortOutOfRange',
          'the port must be a number from 1 to 65535',
        ),
      ),
    );
  if (protocol !== undefined && protocol !== 'TCP' && protocol !== 'UDP')
    faults.push(faultAt(`${path}.protocol`, textFault('Unsupported', 'the protocol must be TCP or UDP')));
  return { destination, port: isPort(port) ? port : undefined, faults };
}

interface FoundDestination {
  destination: Destination | undefined;
  fault?: { field: string; fault: TextFault };
}

function readDestination(entry: unknown): FoundDestination {
  const host = fieldOf(entry, 'host');
  const cidr = fieldOf(entry, 'cidr');
  if ((host === undefined) === (cidr === undefined))
    return {
      destination: undefined,
      fault: { field: 'host', fault: textFault('Required', 'set either host or cidr') },
    };
  return host === undefined ? readCidr(cidr) : readDirectHost(host);
}

function readCidr(cidr: unknown): FoundDestination {
  const parsed = parseRange(typeof cidr === 'string' ? cidr : '');
  return parsed.ok
    ? { destination: { kind: 'range', range: parsed.range } }
    : { destination: undefined, fault: { field: 'cidr', fault: parsed.fault } };
}

function readDirectHost(host: unknown): FoundDestination {
  const text = typeof host === 'string' ? host : '';
  const read = readHost(text);
  if (read.kind === 'name') return { destination: { kind: 'host', name: read.name } };
  const fault =
    read.kind === 'malformed'
      ? read.fault
      : textFault(
          'AddressSpelling',
          `"${clip(text)}" is an address, not a name`,
          `cidr: ${read.address.text}`,
        );
  return { destination: undefined, fault: { field: 'host', fault } };
}

function outsideCeiling({ destination, port }: ReadDirectTarget, proxy: EgressProxySpec): TextFault[] {
  const ceiling = proxy.directTargets;
  if (ceiling?.policy !== 'Allow')
    return [
      textFault(
        'DirectTargetsDenied',
        'the EgressProxy does not allow direct targets; use targets, or ask the cluster operator',
      ),
    ];
  const faults: TextFault[] = [];
  if (port !== undefined && !(ceiling.ports ?? []).includes(port))
    faults.push(
      textFault(
        'OutsideCeiling',
        `port ${port} is not among the EgressProxy's directTargets.ports: ask the cluster operator to add it`,
      ),
    );
  const ranges = readableRanges(ceiling.cidrs ?? []);
  if (destination?.kind === 'range' && !ranges.some((range) => rangeContains(range, destination.range)))
    faults.push(
      textFault(
        'OutsideCeiling',
        `${destination.range.text} is outside the EgressProxy's directTargets.cidrs: ask the cluster operator to add it`,
      ),
    );
  return faults;
}

interface Forbidden {
  includes(destination: Destination, port: number): boolean;
  because: string;
}

/** Destinations that upstreams own or cluster rules deny. */
function forbiddenDestinations({
  proxies = [],
  clusterRuleSets = [],
  namespaceLabels,
}: RuleSetContext): Forbidden[] {
  const owned = proxies.flatMap(({ upstreams = [] }) => upstreams.map(ownedBy));
  const denied = clusterRuleSets
    .filter((set) => denies(set, namespaceLabels))
    .map(({ spec, metadata }) => ({
      includes: includesAnyOf(spec),
      because: `ClusterEgressRuleSet ${metadata.name} denies it`,
    }));
  return [...owned, ...denied];
}

/** An upstream without targets owns every name. */
function ownedBy(upstream: Upstream): Forbidden {
  const everything = upstream.targets === undefined || upstream.targets.length === 0;
  return {
    includes: everything ? ({ kind }) => kind === 'host' : includesAnyOf(upstream),
    because: `the upstream ${upstream.name} owns it`,
  };
}

function includesAnyOf(owner: { targets?: string[] }): Forbidden['includes'] {
  const { targets } = readTargets(owner, '');
  return (destination, port) =>
    targets.some(({ target }) => target.port === port && touches(target, destination));
}

/** A set with a malformed selector denies to every namespace, as it does for requests: a mistake never opens. */
function denies({ spec }: ClusterEgressRuleSet, labels: RuleSetContext['namespaceLabels']): boolean {
  if (spec?.action !== 'Deny' || spec.clientCIDRs !== undefined) return false;
  const faults = validateSelector(spec, 'namespaceSelector', 'spec.namespaceSelector');
  return labels === undefined || faults.length > 0 || matchesSelector(spec.namespaceSelector, labels);
}

function conflicts({ destination, port }: ReadDirectTarget, forbidden: readonly Forbidden[]): TextFault[] {
  if (destination === undefined || port === undefined) return [];
  const hit = forbidden.find(({ includes }) => includes(destination, port));
  return hit === undefined
    ? []
    : [textFault('Conflict', `this destination cannot be a direct target: ${hit.because}`)];
}

function touches(target: Target, destination: Destination): boolean {
  if (target.kind === 'any') return true;
  if (target.kind === 'range')
    return (
      destination.kind === 'range' &&
      (rangeContains(target.range, destination.range) || rangeContains(destination.range, target.range))
    );
  if (destination.kind === 'range') return false;
  return covers(target, { kind: 'exact', name: destination.name, port: target.port });
}

function unique(faults: readonly TextFault[]): TextFault[] {
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()];
}
