/** What the agents counted: gathered, added up in the EgressActivities, and shown as the use of rule sets. */
export { parseReport } from './parse-report.ts';
export { pollAgents } from './poll-agents.ts';
export { reconcileActivity } from './reconcile-activity.ts';
export { reconcileUsage } from './reconcile-usage.ts';
export { ReportBoard } from './report-board.ts';
