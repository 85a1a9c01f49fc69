import { clip, type TextFault, textFault } from '../fault.ts';

/** A target cut into its parts, and what stands there that is no part of a target. */
export interface TargetShape {
  /** Without brackets. */
  host: string;
  bracketed: boolean;
  /** Behind the slash of a CIDR range. */
  prefix: string | undefined;
  /** Undefined where no colon says that there is one. */
  port: string | undefined;
  /** The port that a scheme stands for. */
  assumedPort: number | undefined;
  faults: TextFault[];
}

const schemePorts: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  ssh: 22,
};
/** In front of a slash: brackets, any inet_aton spelling, or IPv6 with its two colons at least. */
const ADDRESS_LIKE =
  /^(\[[^\]]*\]|(0x[\da-f]+|\d+)(\.(0x[\da-f]+|\d+))*\.?|[\da-f.]*:[\da-f.]*:[\da-f:.]*)$/i;

/** Cuts without judging host and port. Never fails: what does not fit is a fault beside the best guess. */
export function splitTarget(text: string): TargetShape {
  const faults: TextFault[] = [];
  const { scheme, rest } = cutScheme(text);
  if (scheme !== undefined)
    faults.push(textFault('Scheme', `"${clip(scheme)}://" is a scheme; a target is host:port`));
  const { authority, prefix, port: rangePort, path } = cutPath(rest);
  if (path !== undefined)
    faults.push(textFault('Path', `"${clip(path)}" is a path; rules know host and port only`));
  const at = authority.lastIndexOf('@');
  if (at >= 0) faults.push(textFault('UserInfo', 'user info in front of "@" has no place in a target'));
  const { host, bracketed, port } = cutPort(authority.slice(at + 1));
  return {
    host,
    bracketed,
    prefix,
    port: prefix === undefined ? port : rangePort,
    assumedPort: scheme === undefined ? undefined : schemePorts[scheme.toLowerCase()],
    faults,
  };
}

function cutScheme(text: string): { scheme: string | undefined; rest: string } {
  const [, scheme, rest = text] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  return { scheme, rest };
}

interface CutPath {
  authority: string;
  prefix?: string;
  port?: string;
  path?: string;
}

/** A slash behind an address begins a prefix length, any other one a path. */
function cutPath(rest: string): CutPath {
  const slash = rest.search(/[/\\?#]/);
  if (slash < 0) return { authority: rest };
  const [, inside, insidePrefix, insidePort] = /^\[([\da-f:.]*)\/([^\]]*)\](?::(.*))?$/i.exec(rest) ?? [];
  if (inside !== undefined && insidePrefix !== undefined)
    return { authority: `[${inside}]`, prefix: insidePrefix, ...optionalPort(insidePort) };
  const authority = rest.slice(0, slash);
  const behind = rest.slice(slash + 1);
  if (rest[slash] !== '/' || !ADDRESS_LIKE.test(authority) || /[/\\?#]/.test(behind))
    return { authority, path: rest.slice(slash) };
  const colon = behind.indexOf(':');
  if (colon < 0) return { authority, prefix: behind };
  return { authority, prefix: behind.slice(0, colon), port: behind.slice(colon + 1) };
}

function optionalPort(port: string | undefined): { port?: string } {
  return port === undefined ? {} : { port };
}

function cutPort(authority: string): Pick<TargetShape, 'host' | 'bracketed' | 'port'> {
  const [bracketed, inside, behind] = /^\[([^\]]*)\](?::(.*))?$/.exec(authority) ?? [];
  if (bracketed !== undefined) return { host: inside ?? '', bracketed: true, port: behind };
  const colon = authority.lastIndexOf(':');
  if (colon < 0) return { host: authority, bracketed: false, port: undefined };
  return { host: authority.slice(0, colon), bracketed: false, port: authority.slice(colon + 1) };
}
