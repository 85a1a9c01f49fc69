/** The count with its noun, such as "1 request" or "2 requests". */
export function formatCount(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}
