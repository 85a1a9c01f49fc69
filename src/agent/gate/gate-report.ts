import { type GateFault, gateFaults } from '../../api/index.ts';
import { canonicalAddress } from '../../rules/index.ts';

const gateOutcomes = ['passed', 'ended', 'unread'] as const;
export type GateOutcome = (typeof gateOutcomes)[number];

export interface GateReport {
  /** The agent's decision. */
  id: string;
  /** The address that was dialled. */
  address: string;
  /** What became of the tunnel; the beginning of one that is unread was not compared. */
  outcome: GateOutcome;
  fault: GateFault | undefined;
  /** The server name, percent-encoded; undefined if there is none. */
  sni: string | undefined;
}

const isOutcome = (word: string): word is GateOutcome => (gateOutcomes as readonly string[]).includes(word);
const isFault = (word: string): word is GateFault => (gateFaults as readonly string[]).includes(word);

/** Parses `ID ADDRESS passed|ended|unread FAULT NAME`; undefined for another line. */
export function parseGateReport(line: string): GateReport | undefined {
  const [id = '', address = '', outcome = '', fault = '', name = '', ...more] = line.split(' ');
  if (name === '' || more.length > 0 || !isOutcome(outcome)) return undefined;
  if (fault !== '-' && !isFault(fault)) return undefined;
  return {
    id,
    address: canonicalAddress(address),
    outcome,
    fault: fault === '-' ? undefined : fault,
    sni: name === '-' ? undefined : name,
  };
}
