/** Log lines, metrics and health of a component. */
export { type Log, silentLog } from './log.ts';
export { createLogger, type LoggerOptions, type LogLevel, logLevels } from './logger.ts';
export { createMetrics, type GaugeReading, LATENCY_BUCKETS, type Metrics } from './metrics.ts';
export {
  type Readiness,
  startTelemetryServer,
  type TelemetryServer,
  type TelemetryServerOptions,
} from './server.ts';
