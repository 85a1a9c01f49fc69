const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `27/Dec/2025:21:43:34 +0000`: the time of web servers' logs, in UTC. Takes seconds since the epoch. */
export function formatLogTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [two(date.getUTCDate()), MONTHS[date.getUTCMonth()], date.getUTCFullYear()].join('/');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${day}:${time} +0000`;
}
