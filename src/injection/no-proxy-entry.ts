import ipaddr from 'ipaddr.js';
import { isPublicSuffix } from '../rules/index.ts';
import { ANY_SUFFIX } from './needed-suffixes.ts';

/**
 * Source of an entry: the cluster, the EgressProxy, an annotation of the namespace or the pod, a name of a Service, or
 * the name of a namespace.
 */
export type NoProxySource = 'cluster' | 'proxy' | 'annotation' | 'service' | 'namespaceName';

/** Why an entry is left out of NO_PROXY. */
export type LeftOutReason = 'NeededByRule' | 'Wildcard' | 'LinkLocal' | 'Malformed' | 'TooLong';

/** The first range holds the cloud metadata service, which a namespace must not open to its pods past the proxy. */
const linkLocal = ['169.254.0.0/16', 'fe80::/10'].map((range) => ipaddr.parseCIDR(range));

/**
 * The forms of an entry. Every client of the matrix parses them, but for `ipv6Range`, which `no_proxy` leaves out.
 *
 * | form        | example            | limit                                                               |
 * |-------------|--------------------|----------------------------------------------------------------------|
 * | `name`      | `api.example.com`  |                                                                      |
 * | `suffix`    | `.svc`             |                                                                      |
 * | `port`      | `api.internal:443` | curl, urllib and Java match nothing by it                            |
 * | `ipv4`      | `192.0.2.7`        |                                                                      |
 * | `ipv4Range` | `10.0.0.0/8`       | urllib, httpx and wget match nothing by it                           |
 * | `ipv6`      | `fd00::1`          |                                                                      |
 * | `ipv6Range` | `fd00::/8`         | httpx 0.28 (OpenAI's and Anthropic's SDKs) raises `Invalid port`     |
 *
 * Python, curl, Ruby, Node and .NET read `no_proxy` first; Go and Rust, which understand IPv6 ranges, `NO_PROXY`.
 */
export type EntryForm = 'name' | 'suffix' | 'port' | 'ipv4' | 'ipv4Range' | 'ipv6' | 'ipv6Range';

/** Nearly every entry is a name of a Service or namespace: the parsers of addresses are slow to say that it is none. */
const plainLabel = /^\.?[a-z](?:[a-z0-9-]*[a-z0-9])?$/;
const dottedName = /^\.?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** The form of a normalised entry; undefined if some client cannot parse it. */
export function formOfEntry(entry: string): EntryForm | undefined {
  if (plainLabel.test(entry)) return nameForm(entry);
  if (entry.includes('/')) return rangeForm(entry);
  if (ipaddr.IPv4.isValidFourPartDecimal(entry)) return 'ipv4';
  return isIPv6(entry) ? 'ipv6' : hostForm(entry);
}

function hostForm(entry: string): EntryForm | undefined {
  const [host = '', port, ...more] = entry.split(':');
  if (more.length > 0 || !(dottedName.test(host) && !endsInNumber(host))) return portForm(entry);
  if (port !== undefined) return isPort(port) ? 'port' : undefined;
  return nameForm(host);
}

function nameForm(host: string): EntryForm {
  return host.startsWith('.') ? 'suffix' : 'name';
}

/** Value of the lower-case variable: `noProxy` without the forms that break clients which read it. */
export function lowerCaseNoProxy(noProxy: string): string {
  return noProxy
    .split(',')
    .filter((entry) => formOfEntry(entry) !== 'ipv6Range')
    .join(',');
}

function rangeForm(entry: string): EntryForm | undefined {
  const [address = '', bits = '', ...more] = entry.split('/');
  if (more.length > 0 || !/^[1-9]\d{0,2}$/.test(bits)) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return Number(bits) <= 32 ? 'ipv4Range' : undefined;
  return isIPv6(address) && Number(bits) <= 128 ? 'ipv6Range' : undefined;
}

function portForm(entry: string): EntryForm | undefined {
  const [address = '', port = '', ...more] = entry.split(':');
  return more.length === 0 && ipaddr.IPv4.isValidFourPartDecimal(address) && isPort(port)
    ? 'port'
    : undefined;
}

/** A zone (`%eth0`) has a meaning on one host only. */
function isIPv6(entry: string): boolean {
  return /^[0-9a-f:.]+$/.test(entry) && ipaddr.IPv6.isValid(entry);
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

/** Clients read such a name as an address, as URLs do. */
function endsInNumber(host: string): boolean {
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host);
}

/** Lower case, without brackets and the dot at the end; `*.name`, which curl does not understand, becomes `.name`. */
export function normaliseEntry(raw: string): string {
  return raw
    .trim()
    .toLowerCase()
    .replace(/^\[([^[\]]*)\](?=$|\/)/, '$1')
    .replace(/^\*(?=\.[^.])/, '')
    .replace(/(?<=[^.])\.$/, '');
}

/** Why an entry is left out of NO_PROXY; undefined if it is valid. `needed`: see `neededSuffixes`. */
export function faultOfEntry(
  entry: string,
  source: NoProxySource,
  needed: ReadonlySet<string>,
): LeftOutReason | undefined {
  if (bypassesEverything(entry)) return 'Wildcard';
  if (formOfEntry(entry) === undefined) return 'Malformed';
  if (source === 'annotation') return touchesLinkLocal(entry) ? 'LinkLocal' : undefined;
  const isOurs = source === 'service' || source === 'namespaceName';
  return isOurs && coversNeeded(entry, needed) ? 'NeededByRule' : undefined;
}

/** `*` alone, or the whole address space, would disable the proxy. */
function bypassesEverything(entry: string): boolean {
  return /^[*.]+$/.test(entry) || entry.endsWith('/0');
}

/**
 * Whether an entry would lead names past the proxy that a rule allows there. Go and curl match a bare entry as a suffix,
 * so a Service named `dev` covers every name below .dev. That is harmless until a rule has a target there.
 */
function coversNeeded(entry: string, needed: ReadonlySet<string>): boolean {
  const name = entry.replace(/^\./, '');
  if (name.includes('.')) return false;
  return needed.has(name) || (needed.has(ANY_SUFFIX) && isPublicSuffix(name));
}

function touchesLinkLocal(entry: string): boolean {
  const range = parseRange(entry);
  return range !== undefined && linkLocal.some((other) => overlap(range, other));
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

function parseRange(entry: string): Range | undefined {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.isValid(entry)) return undefined;
  const address = ipaddr.process(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function overlap(a: Range, b: Range): boolean {
  if (a[0].kind() !== b[0].kind()) return false;
  return a[0].match(b[0], Math.min(a[1], b[1]));
}
