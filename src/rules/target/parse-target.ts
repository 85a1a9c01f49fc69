import { clip, type TextFault, textFault } from '../fault.ts';
import { LONGEST_NAME, plainName } from './host-name.ts';
import { formatTarget, type Target } from './target.ts';
import { readTargetHost, type TargetHost } from './target-host.ts';
import { isPort, readPort } from './target-port.ts';
import { splitTarget } from './target-shape.ts';

/** `text`: the target's canonical text. */
export type ParsedTarget = { ok: true; target: Target; text: string } | { ok: false; faults: TextFault[] };

/** Characters of the longest target, as in the CRD's schema. */
const LONGEST_TARGET = 1024;

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/**
 * Parses a target: the one grammar for rule sets, cluster rule sets and upstreams. A fault suggests a correction if
 * there is one, and every suggestion parses.
 */
export function parseTarget(text: string): ParsedTarget {
  const plain = plainTarget(text);
  if (plain !== undefined) return { ok: true, target: plain, text };
  return readInAdvance.get(text) ?? parseAny(text);
}

/** Targets that are no plain names, in the order in which they were read in advance. */
const readInAdvance = new Map<string, ParsedTarget>();
/** Targets of four rule sets. */
const MOST_IN_ADVANCE = 4000;

/**
 * Reads the targets that take long, so that `parseTarget` knows them: IDNA takes up to 0.25 ms for one, and 1,000 of them in
 * one turn would block the event loop. Yields after each of them, where the caller may pause; what is no text is skipped.
 */
export function* parseInAdvance(texts: readonly unknown[]): Generator<void> {
  for (const text of texts) {
    if (typeof text !== 'string' || readInAdvance.has(text) || plainTarget(text) !== undefined) continue;
    const [oldest] = readInAdvance.size < MOST_IN_ADVANCE ? [] : readInAdvance.keys();
    if (oldest !== undefined) readInAdvance.delete(oldest);
    readInAdvance.set(text, parseAny(text));
    yield;
  }
}

function parseAny(text: string): ParsedTarget {
  if (text.length > LONGEST_TARGET)
    return refuse([textFault('NameTooLong', `the target has more than ${LONGEST_TARGET} characters`)]);
  const unreadable = characterFault(text);
  if (unreadable !== undefined) return refuse([unreadable]);

  const shape = splitTarget(text);
  const port = readPort(shape.port, shape.assumedPort);
  const host = readTargetHost(shape);
  const faults = [...shape.faults, ...(host.ok ? [] : [host.fault]), ...(port.ok ? [] : [port.fault])];
  if (host.ok && port.ok && faults.length === 0) return accept(join(host.host, port.port));
  return refuse(suggest(faults, host.ok ? host.host : host.meant, port.ok ? port.port : port.meant));
}

const PLAIN = new RegExp(`^${plainName}:[1-9]\\d{0,4}$`);

/** Fast path for nearly every target: a canonical `name:port`. Undefined if the full parser is needed. */
function plainTarget(text: string): Target | undefined {
  if (!PLAIN.test(text) || text.includes('--')) return undefined;
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  return colon <= LONGEST_NAME && isPort(port)
    ? { kind: 'exact', name: text.slice(0, colon), port }
    : undefined;
}

/** A character that no target has is reported alone, since the rest can only be guessed. */
function characterFault(text: string): TextFault | undefined {
  if (text.trim() === '') return textFault('Required', 'the target is empty');
  if (text.search(INVISIBLE) >= 0)
    return textFault('ControlCharacter', `"${clip(text)}" has invisible characters`, corrected(text));
  if (/\s/.test(text)) return textFault('Whitespace', `"${clip(text)}" has white space`, corrected(text));
  return undefined;
}

/** Removes white space at the ends and around the colon. Elsewhere it may separate two targets. */
function corrected(text: string): string | undefined {
  const left = text
    .replaceAll(INVISIBLE, '')
    .replace(/\s*:\s*/g, ':')
    .trim();
  if (/\s/.test(left)) return undefined;
  const parsed = parseTarget(left);
  return parsed.ok ? parsed.text : parsed.faults[0]?.suggestion;
}

/** Gives all faults of a target one suggestion, which corrects them all. */
function suggest(faults: TextFault[], host: TargetHost | undefined, port: number | undefined): TextFault[] {
  if (host === undefined || port === undefined)
    return faults.map(({ reason, message }) => ({ reason, message }));
  const suggestion = formatTarget(join(host, port));
  return faults.map(({ reason, message }) => ({ reason, message, suggestion }));
}

function join(host: TargetHost, port: number): Target {
  return { ...host, port } as Target;
}

function accept(target: Target): ParsedTarget {
  return { ok: true, target, text: formatTarget(target) };
}

function refuse(faults: TextFault[]): ParsedTarget {
  return { ok: false, faults };
}
