/** One reading of a process. */
export interface Reading {
  /** Seconds since the first reading. */
  at: number;
  memoryBytes: number;
  descriptors: number;
}

export interface Trend {
  firstMB: number;
  lastMB: number;
  /** The slope of the line of least squares through all readings. */
  megabytesPerHour: number;
  /** The most in the first half of the readings and in the second. */
  descriptors: [number, number];
}

const MB = 1e6;

/** How a process changes over its readings, of which there are two at least. Pure. */
export function trendOf(readings: readonly Reading[]): Trend {
  const half = Math.ceil(readings.length / 2);
  const most = (part: readonly Reading[]) => Math.max(...part.map(({ descriptors }) => descriptors));
  return {
    firstMB: (readings[0]?.memoryBytes ?? 0) / MB,
    lastMB: (readings.at(-1)?.memoryBytes ?? 0) / MB,
    megabytesPerHour: (slope(readings) * 3600) / MB,
    descriptors: [most(readings.slice(0, half)), most(readings.slice(half))],
  };
}

/** Bytes a second. */
function slope(readings: readonly Reading[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = mean(readings.map((reading) => reading.at));
  const bytes = mean(readings.map(({ memoryBytes }) => memoryBytes));
  const products = readings.map((reading) => (reading.at - at) * (reading.memoryBytes - bytes));
  const squares = readings.map((reading) => (reading.at - at) ** 2);
  return mean(products) / mean(squares);
}

/** A table of Markdown. Pure. */
export function renderTrends(trends: ReadonlyMap<string, Trend>): string {
  const lines = [...trends].map(([name, { firstMB, lastMB, megabytesPerHour, descriptors }]) => {
    const memory = `${firstMB.toFixed(0)} to ${lastMB.toFixed(0)} MB`;
    return `| ${name} | ${memory} | ${megabytesPerHour.toFixed(0)} MB/h | ${descriptors.join(', then ')} |`;
  });
  return ['| process | memory | slope | most descriptors |', '|---|---|---|---|', ...lines].join('\n');
}
