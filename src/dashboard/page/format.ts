const number = new Intl.NumberFormat('en');

export function formatCount(count: number): string {
  return number.format(count);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Formats bytes in powers of a thousand: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Formats an age in one unit: `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 days ago`. */
export function formatAgo(then: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(then)) / 1000);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${plural(Math.floor(seconds / 86_400), 'day')} ago`;
}

export function formatDuration(ms: number): string {
  return ms < 1000
    ? `${ms} ms`
    : ms < 60_000
      ? `${(ms / 1000).toFixed(1)} s`
      : `${(ms / 60_000).toFixed(1)} min`;
}

/** Formats a time in the viewer's time zone, with the date unless it is today. */
export function formatTime(time: string, now: number): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString('en-GB');
  return date.toDateString() === new Date(now).toDateString()
    ? clock
    : `${date.toLocaleDateString('en-CA')} ${clock}`;
}

/** Characters at the end of a text that a cut never removes: as wide as `.one-line` in style.css leaves them. */
const END = 12;

/** Splits a text into a start, which may be cut, and its last characters, which stay visible. */
export function splitForCut(text: string): { start: string; end: string } {
  const characters = Array.from(text);
  return { start: characters.slice(0, -END).join(''), end: characters.slice(-END).join('') };
}

/** Cuts a text in the middle if it is longer than `longest` characters. */
export function cutMiddle(text: string, longest: number): string {
  const characters = Array.from(text);
  if (characters.length <= longest) return text;
  const tail = Math.floor((longest - 1) / 2);
  return [...characters.slice(0, longest - 1 - tail), '\u2026', ...characters.slice(-tail)].join('');
}
