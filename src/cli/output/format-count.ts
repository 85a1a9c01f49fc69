/** The count with its noun, such as "1 request" or "2 requests". */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
