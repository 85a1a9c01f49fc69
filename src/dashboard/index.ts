/** Component dashboard: the web page and its API. */
export { TokenAuthenticator } from './access/index.ts';
export { runDashboard } from './run-dashboard.ts';
export {
  type Dashboard,
  type DashboardDependencies,
  type DashboardOptions,
  startDashboard,
} from './start-dashboard.ts';
