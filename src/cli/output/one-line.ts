/** A text of another user, without what a terminal acts on: it could hide what is beside it. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}
