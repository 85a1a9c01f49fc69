/** Flags and environment of every part. Nothing else reads the environment. */
export {
  type AgentSettings,
  type ControllerSettings,
  type DashboardSettings,
  type Loaded,
  loadSettings,
  type WebhookSettings,
} from './load.ts';
export type { Option, OptionTable, Settings, UpstreamEndpoint } from './option.ts';
export { type Parsed, parseOptions, renderHelp } from './parse.ts';
export { optionTables } from './parts.ts';
