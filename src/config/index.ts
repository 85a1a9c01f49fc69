/** Flags and environment variables of all components. Nothing else reads the environment. */
export { type ComponentName, componentAbout, optionTables } from './components.ts';
export {
  type AgentSettings,
  type ComponentSettings,
  type ControllerSettings,
  type DashboardSettings,
  type Loaded,
  loadSettings,
  type WebhookSettings,
} from './load.ts';
export type { Option, OptionTable, Settings, UpstreamEndpoint } from './option.ts';
export { type Parsed, parseOptions, renderHelp } from './parse.ts';
