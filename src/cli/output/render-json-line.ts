/**
 * A value as JSON on one line. Characters that a terminal could act on, or that change the writing direction, are escaped: a
 * tenant chooses some of the texts.
 */
export function renderJsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(/\p{C}/gu, (found) =>
    Array.from({ length: found.length }, (_, index) => escapeUnit(found.charCodeAt(index))).join(''),
  );
  return `${escaped}\n`;
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
