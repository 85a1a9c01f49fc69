import { clip, type Fault, faultAt, type TextFault, textFault } from '../fault.ts';
import { selectorLimits } from './label-selector.ts';
import { labelKeyFault, labelValueFault } from './label-syntax.ts';
import { fieldOf, readFields, readList, readText, readTexts } from './read-fields.ts';

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Validates an optional LabelSelector. */
export function validateSelector(owner: unknown, name: string, path: string): Fault[] {
  const faults: Fault[] = [];
  const selector = readFields(owner, name, path, faults);
  if (selector === undefined) return faults;
  const matchLabels = readFields(selector, 'matchLabels', `${path}.matchLabels`, faults) ?? {};
  for (const [key, value] of Object.entries(matchLabels)) {
    const at = `${path}.matchLabels[${clip(key)}]`;
    faults.push(...syntaxFaults(at, labelKeyFault(key)), ...valueFaults(at, value));
  }
  const expressions = readList(selector, 'matchExpressions', `${path}.matchExpressions`, faults);
  const tooLarge = selectorSizeFault(
    Object.keys(matchLabels).length + expressions.length,
    countValues(expressions),
  );
  if (tooLarge !== undefined) return [...faults, faultAt(path, tooLarge)];
  faults.push(
    ...expressions.flatMap((entry, index) => expressionFaults(entry, `${path}.matchExpressions[${index}]`)),
  );
  return faults;
}

/** The fault of a selector with more requirements or values than selectorLimits allow. */
export function selectorSizeFault(requirements: number, values: number): TextFault | undefined {
  if (requirements > selectorLimits.requirements)
    return textFault(
      'TooMany',
      `there are ${requirements} labels and expressions; a selector may have at most ${selectorLimits.requirements}`,
    );
  if (values > selectorLimits.values)
    return textFault(
      'TooMany',
      `there are ${values} values; the expressions of a selector may have at most ${selectorLimits.values} together: label the objects that are meant`,
    );
  return undefined;
}

function countValues(expressions: readonly unknown[]): number {
  return expressions
    .map((expression) => fieldOf(expression, 'values'))
    .reduce<number>((sum, values) => sum + (Array.isArray(values) ? values.length : 0), 0);
}

function expressionFaults(expression: unknown, path: string): Fault[] {
  const faults: Fault[] = [];
  const key = readText(expression, 'key', `${path}.key`, faults);
  if (key === undefined)
    faults.push(faultAt(`${path}.key`, textFault('Required', 'the label key is missing')));
  else faults.push(...syntaxFaults(`${path}.key`, labelKeyFault(key)));
  const operator = fieldOf(expression, 'operator');
  const values = readTexts(expression, 'values', `${path}.values`, faults);
  for (const { text, path: at } of values) faults.push(...syntaxFaults(at, labelValueFault(text)));
  if (typeof operator !== 'string' || !operators.includes(operator))
    faults.push(
      faultAt(
        `${path}.operator`,
        textFault('SelectorInvalid', `the operator must be one of ${operators.join(', ')}`),
      ),
    );
  else faults.push(...syntaxFaults(`${path}.values`, countFault(operator, values.length)));
  return faults;
}

function countFault(operator: string, values: number): string | undefined {
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues === values > 0) return undefined;
  return needsValues ? `${operator} needs at least one value` : `${operator} takes no values`;
}

function valueFaults(path: string, value: unknown): Fault[] {
  return syntaxFaults(
    path,
    typeof value === 'string' ? labelValueFault(value) : 'a label value must be a text; put it in quotes',
  );
}

function syntaxFaults(path: string, message: string | undefined): Fault[] {
  return message === undefined ? [] : [faultAt(path, textFault('SelectorInvalid', message))];
}
