/** What the gate (src/relay/gate.c) reports of the tunnels that it opens. */
export { explainGateFault } from './explain-gate-fault.ts';
export { type GateReport, parseGateReport } from './gate-report.ts';
export { GateReports } from './gate-reports.ts';
export { GateServer } from './gate-server.ts';
