import { clip, type Fault, faultAt, textFault } from '../fault.ts';
import { fieldOf } from './read-fields.ts';

const PATH = 'spec.expiresAt';

/** RFC 3339, as the API server accepts `format: date-time`: with a time zone, in either case. */
const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-([0-2]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Milliseconds since the epoch at which a rule set ceases to have an effect. Infinite: never, or its expiresAt is a fault. */
export function expiryOf(spec: unknown): number {
  const value = fieldOf(spec, 'expiresAt');
  return (typeof value === 'string' ? parseDateTime(value) : undefined) ?? Number.POSITIVE_INFINITY;
}

/** Whether a rule set has no effect any more. `now`: milliseconds since the epoch. */
export function isExpired({ spec }: { spec: unknown }, now: number): boolean {
  return expiryOf(spec) <= now;
}

/** The faults of expiresAt and reason, whatever the time is. */
export function expiryFaults(spec: unknown): Fault[] {
  const value = fieldOf(spec, 'expiresAt');
  const faults: Fault[] = [];
  if (value !== undefined && expiryOf(spec) === Number.POSITIVE_INFINITY)
    faults.push(
      faultAt(
        PATH,
        textFault(
          'Unsupported',
          `"${clip(String(value))}" is no time of RFC 3339 with a time zone, such as 2027-01-31T18:00:00Z`,
        ),
      ),
    );
  const reason = fieldOf(spec, 'reason');
  if (reason !== undefined && typeof reason !== 'string')
    faults.push(faultAt('spec.reason', textFault('Unsupported', 'it is no text; put it in quotes')));
  return faults;
}

/** The fault of a rule set that has expired before it is created. */
export function pastFaults(spec: unknown, now: number | undefined): Fault[] {
  if (!hasPassed(spec, now)) return [];
  const message = `the time has passed, so that the rule set would have no effect: choose a time after ${timeOf(now)}, or do not create it`;
  return [faultAt(PATH, textFault('InThePast', message))];
}

/** Warns of a rule set that has expired, which a change of an existing one may do. */
export function pastWarnings(spec: unknown, now: number | undefined): string[] {
  return hasPassed(spec, now)
    ? [`${PATH}: the time has passed, and the rule set has no effect any more`]
    : [];
}

function hasPassed(spec: unknown, now: number | undefined): now is number {
  return now !== undefined && expiryOf(spec) <= now;
}

const timeOf = (now: number): string => new Date(now).toISOString();

function parseDateTime(text: string): number | undefined {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (year === undefined) return undefined;
  // Date.parse takes the 30th of February for the 2nd of March.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return date.getUTCDate() === Number(day) ? Date.parse(text.toUpperCase()) : undefined;
}
