import type { FaultReason } from '../api/index.ts';

/** One thing that is wrong with a text: what it is, and where there is one, what to write instead. */
export interface TextFault {
  reason: FaultReason;
  message: string;
  /** What to write instead, ready to be pasted. */
  suggestion?: string;
}

/** One thing that is wrong with an object, and where. */
export interface Fault extends TextFault {
  /** The field's path, such as `spec.targets[3]`. */
  field: string;
}

/** What a validator found. The object is good when there are no faults; warnings refuse nothing. */
export interface Validation {
  faults: Fault[];
  warnings: string[];
}

/** Faults that an admission message spells out; the rest are counted. */
const SPELLED_OUT = 50;

export function textFault(reason: FaultReason, message: string, suggestion?: string): TextFault {
  return suggestion === undefined ? { reason, message } : { reason, message, suggestion };
}

export function faultAt(field: string, fault: TextFault): Fault {
  return { field, ...fault };
}

/** `<message>: write <suggestion>`. */
export function renderTextFault({ message, suggestion }: TextFault): string {
  return suggestion === undefined ? message : `${message}: write ${suggestion}`;
}

/** `<field>: <message>: write <suggestion> (<reason>)`. */
export function renderFault(fault: Fault): string {
  return `${fault.field}: ${renderTextFault(fault)} (${fault.reason})`;
}

/** All faults in one message for a refusal at admission, a line each. */
export function renderFaults(faults: readonly Fault[]): string {
  const lines = faults.slice(0, SPELLED_OUT).map((fault) => `  ${renderFault(fault)}`);
  if (faults.length > SPELLED_OUT) lines.push(`  and ${faults.length - SPELLED_OUT} more`);
  return [`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:`, ...lines].join('\n');
}

/** Characters of a text from outside that a message quotes. */
const CLIP = 80;

/** Quotes a text from outside in a message: short, and without characters that a terminal acts on. */
export function clip(text: string): string {
  const shown = text.length > CLIP ? `${text.slice(0, CLIP)}...` : text;
  return shown.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
