/** The page for people who would rather look than read, and its read API. */
export { TokenGate } from './access/index.ts';
export { runDashboard } from './run-dashboard.ts';
export {
  type Dashboard,
  type DashboardDependencies,
  type DashboardOptions,
  startDashboard,
} from './start-dashboard.ts';
