/** As the log relay writes it where lines are missing. */
const LOST_RECORD = /^!lost (\d+)$/;

/** How many lines of Squid's are missing in the place of this one; a line that cannot be read is one. */
export function lostIn(text: string): number {
  return Number(LOST_RECORD.exec(text)?.[1] ?? 1);
}
