import { type GateFault, gateFaults } from '../../api/index.ts';
import { canonicalAddress } from '../../rules/index.ts';

export interface GateReport {
  /** The agent's decision. */
  id: string;
  /** The address that was dialled. */
  address: string;
  /** Whether the gate ended the tunnel because of the fault. */
  ended: boolean;
  fault: GateFault | undefined;
  /** The server name, percent-encoded; undefined if there is none. */
  sni: string | undefined;
}

const isFault = (word: string): word is GateFault => (gateFaults as readonly string[]).includes(word);

/** Parses `ID ADDRESS passed|ended FAULT NAME`; undefined for another line. */
export function parseGateReport(line: string): GateReport | undefined {
  const [id = '', address = '', outcome = '', fault = '', name = '', ...more] = line.split(' ');
  if (name === '' || more.length > 0 || (outcome !== 'passed' && outcome !== 'ended')) return undefined;
  if (fault !== '-' && !isFault(fault)) return undefined;
  return {
    id,
    address: canonicalAddress(address),
    ended: outcome === 'ended',
    fault: fault === '-' ? undefined : fault,
    sni: name === '-' ? undefined : name,
  };
}
