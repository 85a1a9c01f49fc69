import { clip, type TextFault, textFault } from '../fault.ts';

/** A target split into its parts, with faults for text that does not belong to a target. */
export interface TargetShape {
  /** Host without brackets. */
  host: string;
  bracketed: boolean;
  /** Text after the slash of a CIDR range. */
  prefix: string | undefined;
  /** Text after the colon; undefined without a colon. */
  port: string | undefined;
  /** Default port of the scheme, if there is one. */
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
/** Text before a slash: brackets, any inet_aton spelling, or IPv6 with at least two colons. */
const ADDRESS_LIKE =
  /^(\[[^\]]*\]|(0x[\da-f]+|\d+)(\.(0x[\da-f]+|\d+))*\.?|[\da-f.]*:[\da-f.]*:[\da-f:.]*)$/i;

/** Splits a target without checking host and port. Never fails: a fault is reported with the best guess. */
export function splitTarget(text: string): TargetShape {
  const faults: TextFault[] = [];
  const { scheme, rest } = cutScheme(text);
  if (scheme !== undefined)
    faults.push(textFault('Scheme', `"${clip(scheme)}://" is a scheme; a target is host:port only`));
  const { authority, prefix, port: rangePort, path } = cutPath(rest);
  if (path !== undefined)
    faults.push(textFault('Path', `"${clip(path)}" is a path; a target is host:port only`));
  const at = authority.lastIndexOf('@');
  if (at >= 0)
    faults.push(textFault('UserInfo', 'there is user info before "@"; a target is host:port only'));
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

/** A slash after an address begins a prefix length; any other slash begins a path. */
function cutPath(rest: string): CutPath {
  const slash = rest.search(/[/\\?#]/);
  if (slash < 0) return { authority: rest };
  const [, inside, insidePrefix, insidePort] = /^\[([\da-f:.]*)\/([^\]]*)\](?::(.*))?$/i.exec(rest) ?? [];
  if (inside !== undefined && insidePrefix !== undefined)
    return { authority: `[${inside}]`, prefix: insidePrefix, ...optionalPort(insidePort) };
  const authority = rest.slice(0, slash);
  const after = rest.slice(slash + 1);
  if (rest[slash] !== '/' || !ADDRESS_LIKE.test(authority) || /[/\\?#]/.test(after))
    return { authority, path: rest.slice(slash) };
  const colon = after.indexOf(':');
  if (colon < 0) return { authority, prefix: after };
  return { authority, prefix: after.slice(0, colon), port: after.slice(colon + 1) };
}

function optionalPort(port: string | undefined): { port?: string } {
  return port === undefined ? {} : { port };
}

function cutPort(authority: string): Pick<TargetShape, 'host' | 'bracketed' | 'port'> {
  const [bracketed, inside, port] = /^\[([^\]]*)\](?::(.*))?$/.exec(authority) ?? [];
  if (bracketed !== undefined) return { host: inside ?? '', bracketed: true, port };
  const colon = authority.lastIndexOf(':');
  if (colon < 0) return { host: authority, bracketed: false, port: undefined };
  return { host: authority.slice(0, colon), bracketed: false, port: authority.slice(colon + 1) };
}
