import type { OutsideNames } from '../api/index.ts';
import { isResolved } from '../injection/index.ts';

/** How a query for an outside name is answered. */
export type AnswerPlan =
  | 'forward'
  /** The name does not exist. */
  | 'refuse'
  /** The name exists and has no record of this type. */
  | 'empty'
  /** The address that transparent mode redirects. */
  | 'redirect';

/** `addressType`: the record type with an address of the family that the client itself has, A or AAAA. */
export function planAnswer(
  { name, type, addressType }: { name: string; type: string; addressType: 'A' | 'AAAA' },
  { answer, resolved }: Pick<OutsideNames, 'answer' | 'resolved'>,
): AnswerPlan {
  if (answer === 'forward' || isResolved(name, resolved)) return 'forward';
  if (answer === 'redirect') return type === addressType ? 'redirect' : 'empty';
  // A name that does not exist has nothing below it (RFC 8020).
  return resolved.some((one) => one.endsWith(`.${name}`)) ? 'empty' : 'refuse';
}
