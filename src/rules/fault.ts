import type { FaultReason } from '../api/index.ts';

/** A fault of a text, with a suggestion if there is one. */
export interface TextFault {
  reason: FaultReason;
  message: string;
  /** Text to write instead, ready to be pasted. */
  suggestion?: string;
}

/** A fault of an object, with its field. */
export interface Fault extends TextFault {
  /** Path of the field, such as `spec.targets[3]`. */
  field: string;
}

/** Result of a validation. The object is valid if there are no faults; a warning denies nothing. */
export interface Validation {
  faults: Fault[];
  warnings: string[];
}

/** Faults that an admission message lists; the rest are counted. */
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

/** All faults in one admission message, one line each. */
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
