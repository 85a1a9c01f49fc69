import { clip } from './address-range.ts';
import { type TextFault, textFault } from './fault.ts';
import { formatTarget, type Target } from './target.ts';
import { readTargetHost, type TargetHost } from './target-host.ts';
import { readPort } from './target-port.ts';
import { splitTarget } from './target-shape.ts';

export type ParsedTarget = { ok: true; target: Target } | { ok: false; faults: TextFault[] };

/** Characters; as the CRD's schema has it. */
export const LONGEST_TARGET = 1024;

/**
 * The one grammar of targets, for rule sets, cluster rule sets and upstreams alike. Every fault says what to write
 * instead, as far as that can be told, and what it says parses.
 */
export function parseTarget(text: string): ParsedTarget {
  if (text.length > LONGEST_TARGET)
    return refuse([textFault('NameTooLong', `more than ${LONGEST_TARGET} characters`)]);
  const unreadable = characterFault(text);
  if (unreadable !== undefined) return refuse([unreadable]);

  const shape = splitTarget(text);
  const port = readPort(shape.port, shape.assumedPort);
  const host = readTargetHost(shape);
  const faults = [...shape.faults, ...(host.ok ? [] : [host.fault]), ...(port.ok ? [] : [port.fault])];
  if (host.ok && port.ok && faults.length === 0) return { ok: true, target: join(host.host, port.port) };
  return refuse(suggest(faults, host.ok ? host.host : host.meant, port.ok ? port.port : port.meant));
}

/** Nothing can be told from a text that has such characters, except what is left without them. */
function characterFault(text: string): TextFault | undefined {
  if (text.trim() === '') return textFault('Required', 'the target is empty');
  const kind = /[\p{Cc}\p{Cf}\p{Cs}]/u.test(text)
    ? 'ControlCharacter'
    : /\s/u.test(text)
      ? 'Whitespace'
      : undefined;
  if (kind === undefined) return undefined;
  const message = `"${clip(text)}" has ${kind === 'Whitespace' ? 'white space' : 'invisible characters'} in it`;
  const left = parseTarget(text.replace(/[\p{Cc}\p{Cf}\p{Cs}\s]/gu, ''));
  return textFault(kind, message, left.ok ? formatTarget(left.target) : left.faults[0]?.suggestion);
}

/** All faults of a target have the one suggestion that mends them all. */
function suggest(faults: TextFault[], host: TargetHost | undefined, port: number | undefined): TextFault[] {
  if (host === undefined || port === undefined)
    return faults.map(({ reason, message }) => ({ reason, message }));
  const suggestion = formatTarget(join(host, port));
  return faults.map(({ reason, message }) => ({ reason, message, suggestion }));
}

function join(host: TargetHost, port: number): Target {
  return { ...host, port } as Target;
}

function refuse(faults: TextFault[]): ParsedTarget {
  return { ok: false, faults };
}
