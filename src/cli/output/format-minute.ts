/** A time of RFC 3339 to the minute. */
export function formatMinute(time: string): string {
  return `${time.slice(0, 16)}Z`;
}
