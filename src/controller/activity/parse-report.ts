import type { ActivityReport } from '../../api/index.ts';

/** An agent's answer to `GET /v1/activity`. Throws a TypeError for anything else. */
export function parseReport(body: unknown): ActivityReport {
  const report = body as Partial<ActivityReport> | null;
  const isReport =
    typeof report?.instance === 'string' && isObject(report.namespaces) && isObject(report.rules);
  if (!isReport) throw new TypeError('the agent answered something else than what it counted');
  return report as ActivityReport;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
