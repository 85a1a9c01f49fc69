import type { LabelSelector } from '../../api/index.ts';
import { clip, type TextFault, textFault } from '../fault.ts';
import { labelKeyFault, labelValueFault } from './label-syntax.ts';
import { selectorSizeFault } from './validate-selector.ts';

export type ParsedSelector = { ok: true; selector: LabelSelector } | { ok: false; fault: TextFault };
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/** `app=api`, `app==api`, `app!=api`, `tier in (a,b)`, `tier notin (a,b)`, `app`, `!app`. */
const EXPRESSION =
  /^\s*(?:(?<absent>!\s*)?(?<bare>[^\s=!,()<>]+)|(?<key>[^\s=!,()<>]+)\s*(?<equals>==?|!=)\s*(?<value>[^\s=!,()<>]*)|(?<setKey>[^\s=!,()<>]+)\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))\s*$/;
const SYNTAX = 'app=api, app!=api, tier in (a,b), tier notin (a,b), app, !app';

/** Parses a label selector in the syntax of kubectl -l. An empty text selects everything. */
export function parseSelector(text: string): ParsedSelector {
  if (text.trim() === '') return { ok: true, selector: {} };
  const requirements: Requirement[] = [];
  const parts = splitOutsideParentheses(text);
  const tooLarge = selectorSizeFault(parts.length, text.split(',').length);
  if (tooLarge !== undefined) return { ok: false, fault: tooLarge };
  for (const part of parts) {
    const requirement = parseRequirement(part);
    const fault = requirement === undefined ? unreadable(part) : syntaxFault(requirement);
    if (requirement === undefined || fault !== undefined)
      return { ok: false, fault: fault ?? unreadable(part) };
    requirements.push(requirement);
  }
  return { ok: true, selector: asSelector(requirements) };
}

/** One pass, since the text may be as long as annotations are (256 KiB). */
function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let begin = 0;
  let inside = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '(') inside = true;
    else if (character === ')') inside = false;
    else if (character === ',' && !inside) {
      parts.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  return [...parts, text.slice(begin)];
}

function parseRequirement(part: string): Requirement | undefined {
  const {
    absent,
    bare,
    key,
    equals,
    value = '',
    setKey,
    set,
    values = '',
  } = EXPRESSION.exec(part)?.groups ?? {};
  if (bare !== undefined) return { key: bare, operator: absent === undefined ? 'Exists' : 'DoesNotExist' };
  if (key !== undefined) return { key, operator: equals === '!=' ? 'NotIn' : 'In', values: [value] };
  if (setKey === undefined) return undefined;
  const list = values.split(',').map((entry) => entry.trim());
  return { key: setKey, operator: set === 'in' ? 'In' : 'NotIn', values: list };
}

/** Writes one value of one key as matchLabels, which is easier to read. */
function asSelector(requirements: readonly Requirement[]): LabelSelector {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: Requirement[] = [];
  for (const requirement of requirements) {
    const [value, ...more] = requirement.operator === 'In' ? (requirement.values ?? []) : [];
    if (value === undefined || more.length > 0 || Object.hasOwn(matchLabels, requirement.key))
      matchExpressions.push(requirement);
    else matchLabels[requirement.key] = value;
  }
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}

function syntaxFault({ key, values = [] }: Requirement): TextFault | undefined {
  const message = labelKeyFault(key) ?? values.map(labelValueFault).find((fault) => fault !== undefined);
  return message === undefined ? undefined : textFault('SelectorInvalid', message);
}

function unreadable(part: string): TextFault {
  return textFault('SelectorInvalid', `"${clip(part)}" is not a selector; the forms are ${SYNTAX}`);
}
