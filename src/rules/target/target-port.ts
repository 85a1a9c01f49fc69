import { clip, type TextFault, textFault } from '../fault.ts';

export type ReadPort =
  | { ok: true; port: number }
  /** `meant`: the port that a suggestion can name. */
  | { ok: false; fault: TextFault; meant: number | undefined };

const LARGEST_PORT = 65_535;
const namedPorts: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ssh: 22,
  smtp: 25,
  postgres: 5432,
};

export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LARGEST_PORT;
}

/** Reads the port of a target. `assumed`: the default port of its scheme. */
export function readPort(text: string | undefined, assumed: number | undefined): ReadPort {
  if (text === undefined || text === '') return missing(assumed);
  if (/^[1-9]\d{0,4}$/.test(text) && isPort(Number(text))) return { ok: true, port: Number(text) };
  if (text === '*')
    return {
      ok: false,
      fault: textFault('PortWildcard', 'a target needs one port; add a target for each port'),
      meant: assumed ?? 443,
    };
  return {
    ok: false,
    fault: textFault('PortOutOfRange', `"${clip(text)}" is not a port from 1 to ${LARGEST_PORT}`),
    meant: meantPort(text),
  };
}

/** With a scheme the port is known; the scheme itself is the fault. */
function missing(assumed: number | undefined): ReadPort {
  if (assumed !== undefined) return { ok: true, port: assumed };
  return { ok: false, fault: textFault('PortMissing', 'the port is missing'), meant: 443 };
}

function meantPort(text: string): number | undefined {
  const digits = Number(/^0*(\d{1,5})(?!\d)/.exec(text)?.[1] ?? Number.NaN);
  return isPort(digits) ? digits : namedPorts[text.toLowerCase()];
}
