import {
  DEFAULT_TLS_SERVER_NAME,
  type Discovered,
  type EgressProxy,
  type EgressProxySpec,
  type TlsServerName,
  type Upstream as UpstreamSpec,
} from '../../api/index.ts';
import {
  type AddressRange,
  isNat64Prefix,
  parseAddress,
  RangeTable,
  readableRanges,
} from '../address/index.ts';
import { type Destination, readHost, TargetIndex } from '../target/index.ts';
import { readTargets } from '../validate/index.ts';
import type { RuleSetLimits } from './rule-set-index.ts';

/** Settings of an EgressProxy and facts about its cluster, prepared for decisions. */
export interface DecisionSettings extends RuleSetLimits {
  /** Ports that rules can allow; undefined: any. */
  allowedPorts: ReadonlySet<number> | undefined;
  privateDestinations: 'Deny' | 'Allow';
  privateRanges: readonly AddressRange[];
  /** Prefixes of the network's own NAT64. */
  nat64Prefixes: readonly AddressRange[];
  /** The cluster's own ranges, public ones too, with the names that refusals give them. */
  clusterRanges: RangeTable<string>;
  clusterDomain: string | undefined;
  /** What happens to a tunnel that does not begin with TLS for the name that was allowed. */
  tlsServerName: TlsServerName;
  /** Ports to which tlsServerName applies. */
  tlsPorts: ReadonlySet<number>;
  /** Targets to which it does not apply, whatever their port. */
  tcpTargets: TargetIndex<string>;
  upstreams: readonly SettingsUpstream[];
  /** Canonical addresses of the proxy's pods and Service. */
  ownAddresses: ReadonlySet<string>;
  /** Names that lead to the proxy. */
  ownNames: ReadonlySet<string>;
  /** Parents as `<name or address> <port>`: a tunnel to one would bypass every rule. */
  parents: ReadonlySet<string>;
}

export interface ParentEndpoint {
  /** Name or address. */
  host: string;
  port: number;
}

interface SettingsUpstream {
  name: string;
  /** Targets that it owns; undefined: all. */
  owned: TargetIndex<string> | undefined;
}

type ProxyObject = Pick<EgressProxy, 'metadata' | 'spec' | 'status'>;

/**
 * Prepares the settings; a malformed part of them opens nothing. `ownAddresses`: of the proxy's pods and its Service.
 * `parents`: the addresses to which the upstreams' hosts resolve.
 */
export function buildSettings(
  { metadata, spec, status }: ProxyObject,
  ownAddresses: Iterable<string>,
  parents: Iterable<ParentEndpoint> = [],
): DecisionSettings {
  return {
    ruleSetScope: spec.ruleSetScope ?? 'Namespace',
    wildcardTargets: spec.wildcardTargets ?? 'Warn',
    allowedPorts:
      spec.allowedPorts === undefined || spec.allowedPorts.length === 0
        ? undefined
        : new Set(spec.allowedPorts),
    privateDestinations: spec.privateDestinations ?? 'Deny',
    privateRanges: readableRanges(spec.privateCIDRs ?? []),
    nat64Prefixes: readableRanges(spec.nat64Prefixes ?? []).filter(isNat64Prefix),
    clusterRanges: clusterRanges(status?.discovered ?? {}),
    clusterDomain: status?.discovered?.clusterDomain,
    ...tlsSettings(spec),
    upstreams: (spec.upstreams ?? []).map(compileUpstream),
    ownAddresses: new Set(
      readableRanges(ownAddresses).map(({ text }) => text.slice(0, text.lastIndexOf('/'))),
    ),
    ownNames: new Set(ownNames(metadata, spec, status?.discovered?.clusterDomain)),
    parents: new Set([...(spec.upstreams ?? []), ...parents].flatMap(endpointText)),
  };
}

function tlsSettings({
  tlsServerName = DEFAULT_TLS_SERVER_NAME,
  tlsPorts = [443],
  tcpTargets = [],
}: EgressProxySpec): Pick<DecisionSettings, 'tlsServerName' | 'tlsPorts' | 'tcpTargets'> {
  return { tlsServerName, tlsPorts: new Set(tlsPorts), tcpTargets: indexTargets(tcpTargets) };
}

/** Whether servers of a destination speak TLS from the first byte, as far as the operator says. */
export function beginsWithTls(
  destination: Destination,
  { tlsPorts, tcpTargets }: Pick<DecisionSettings, 'tlsPorts' | 'tcpTargets'>,
): boolean {
  return tlsPorts.has(destination.port) && !owns(tcpTargets, destination);
}

/** Whether the operator says that servers of a destination speak another protocol than TLS. */
export function isTcpTarget(
  destination: Destination,
  { tcpTargets }: Pick<DecisionSettings, 'tcpTargets'>,
): boolean {
  return owns(tcpTargets, destination);
}

/** Names of the upstreams that own a destination, in order of preference. */
export function upstreamsFor(
  { upstreams }: Pick<DecisionSettings, 'upstreams'>,
  destination: Destination,
): string[] {
  return upstreams
    .filter(({ owned }) => owned === undefined || owns(owned, destination))
    .map(({ name }) => name);
}

function owns(owned: TargetIndex<string>, destination: Destination): boolean {
  const { port } = destination;
  const always = () => true;
  const named =
    destination.kind === 'name'
      ? owned.findName(destination.name, port, always)
      : owned.findAddress(destination.address, port, always);
  return (named ?? owned.findAny(port, always)) !== undefined;
}

function compileUpstream(upstream: UpstreamSpec): SettingsUpstream {
  const { name, targets = [] } = upstream;
  return { name, owned: targets.length === 0 ? undefined : indexTargets(targets) };
}

function indexTargets(targets: readonly string[]): TargetIndex<string> {
  const index = new TargetIndex<string>((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (const { target, text } of readTargets({ targets }, '').targets) index.add(target, text);
  return index;
}

function clusterRanges(discovered: Discovered): RangeTable<string> {
  const table = new RangeTable<string>();
  const {
    podCIDRs = [],
    serviceCIDRs = [],
    nodeCIDRs = [],
    apiServer = [],
    apiServerClusterIPs = [],
  } = discovered;
  const lists = [
    { texts: podCIDRs, name: "the cluster's pod range" },
    { texts: serviceCIDRs, name: "the cluster's Service range" },
    { texts: nodeCIDRs, name: 'a node of the cluster' },
    { texts: [...apiServer.map(({ address }) => address), ...apiServerClusterIPs], name: 'the API server' },
  ];
  for (const { texts, name } of lists) {
    for (const range of readableRanges(texts)) table.set(range, name);
  }
  return table;
}

/** Key of a destination in `parents`. */
export function parentKey(host: string, port: number): string {
  return `${host} ${port}`;
}

function endpointText({ host, port }: ParentEndpoint): string[] {
  const address = parseAddress(host);
  if (address !== undefined) return [parentKey(address.text, port)];
  const read = readHost(host);
  if (read.kind === 'malformed') return [];
  return [parentKey(read.kind === 'name' ? read.name : read.address.text, port)];
}

function ownNames(
  { namespace, name }: EgressProxy['metadata'],
  { aliases = [] }: EgressProxySpec,
  clusterDomain = 'cluster.local',
): string[] {
  const service = `${name}.${namespace ?? ''}`;
  const names = [service, `${service}.svc`, `${service}.svc.${clusterDomain}`, ...aliases];
  return names.map(readHost).flatMap((host) => (host.kind === 'name' ? [host.name] : []));
}
