import { isPublicSuffix } from '../rules/index.ts';
import { type Container, type Pod, startedContainers } from './pod.ts';

/** Characters of a pod's texts that are read. Longer texts are scripts or data, and an admission request may have 3 MB. */
const MOST_TEXT = 32 * 1024;
const MOST_PEERS = 32;
/** Characters of the longest token in which a host is looked for. */
const LONGEST_TOKEN = 1024;

const separators = /[\s,;|"'`=<>(){}[\]]+/;
/** The name of a Service (RFC 1035). */
const label = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const port = /^[1-9]\d{0,4}$/;
/** Variables such as REDIS_HOST, whose value may be a host without a port. HOSTNAME is the pod's own name. */
const hostVariable = /_(?:HOST|HOSTNAME|ADDR|ADDRESS|ENDPOINT|SERVER|SERVICE)$/i;
/** `pod.service.namespace`. */
const MOST_LABELS = 3;

/**
 * Hosts in the pod's own env, args, command and subdomain that may be Services which do not exist yet: names without a
 * dot, and `service.namespace` for a namespace that exists and is no top-level domain, in a URL or with a port; of the
 * subdomain the suffix too. A wrong guess adds an entry to NO_PROXY that no request has. Reads at most MOST_TEXT characters.
 */
export function peersOf({ spec = {} }: Pod, hasNamespace: (name: string) => boolean): string[] {
  const peers = new Set<string>();
  if (spec.subdomain !== undefined && label.test(spec.subdomain)) {
    // The Service of a subdomain is headless: its pods are below it.
    peers.add(spec.subdomain).add(`.${spec.subdomain}`);
  }
  for (const host of hostsIn(spec)) {
    if (peers.size >= MOST_PEERS) break;
    if (isPeer(host, hasNamespace)) peers.add(host);
  }
  return [...peers].sort();
}

function isPeer(host: string, hasNamespace: (name: string) => boolean): boolean {
  const labels = host.split('.');
  if (labels.length > MOST_LABELS || !labels.every((each) => label.test(each))) return false;
  if (labels.length === 1) return host !== 'localhost';
  const last = labels.at(-1) ?? '';
  return hasNamespace(last) && !isPublicSuffix(last);
}

function* hostsIn(spec: NonNullable<Pod['spec']>): Generator<string> {
  let room = MOST_TEXT;
  for (const { text, isHost } of textsOf(spec)) {
    if (room <= 0) return;
    const read = text.slice(0, room);
    room -= read.length;
    if (isHost) yield read;
    yield* [...new Set(read.split(separators))].flatMap(hostOf);
  }
}

/** The texts that can have a host, which most do not: a pod has hundreds, and is read while its creation waits. */
function* textsOf(spec: NonNullable<Pod['spec']>): Generator<{ text: string; isHost: boolean }> {
  for (const list of startedContainers) {
    for (const container of spec[list] ?? []) yield* textsOfContainer(container);
  }
}

function* textsOfContainer({ env = [], command = [], args = [] }: Container) {
  for (const { name, value } of env) {
    if (value === undefined) continue;
    const isHost = hostVariable.test(name);
    if ((isHost || mayHaveHost(value)) && !isProxyVariable(name)) yield { text: value, isHost };
  }
  for (const text of [...command, ...args]) if (mayHaveHost(text)) yield { text, isHost: false };
}

/** A host that is not a variable's whole value has a scheme before it or a port after it. */
function mayHaveHost(text: string): boolean {
  return text.includes(':');
}

/** These name the proxy and what is excepted from it, not peers. A second call of the webhook finds ours there. */
function isProxyVariable(name: string): boolean {
  return /^(?:.+_proxy|java_tool_options|jdk_java_options)$/i.test(name);
}

/** The host of `scheme://user:password@host:port/path`, whose port may be absent, or of `host:port`. */
function hostOf(token: string): string[] {
  if (token.length > LONGEST_TOKEN) return [];
  const scheme = token.indexOf('://');
  const [authority = ''] = (scheme < 0 ? token : token.slice(scheme + 3)).split(/[/?#]/, 1);
  const address = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  const colon = address.indexOf(':');
  if (colon < 0) return scheme < 0 ? [] : [address];
  return port.test(address.slice(colon + 1)) ? [address.slice(0, colon)] : [];
}
