import type { GateFault } from '../../api/index.ts';
import { plain } from '../../rules/index.ts';
import type { GateReport } from './gate-report.ts';

const advice: Record<GateFault, string> = {
  ServerNameMismatch:
    'let the program ask for the name that it connects to, or request a rule for the other name',
  NameMissing: 'let the program send the name (SNI)',
  NameEncrypted: 'turn off Encrypted Client Hello in the program',
  NotTLS:
    'only TLS passes on this port: use another one, or ask the operator of the cluster to add the target to tcpTargets',
};

/** The text of the Event for a tunnel that the gate has ended. */
export function explainGateFault(
  { id, fault = 'NotTLS', sni }: Pick<GateReport, 'id' | 'fault' | 'sni'>,
  target: string,
): string {
  const spoken = sni === undefined ? '' : `, with the TLS server name ${plain(sni)}`;
  return `${fault}: the tunnel to ${plain(target)} was ended${spoken}: ${advice[fault]} (id ${id})`;
}
