/** Squid's access log: read from the log relay's segments, printed as the audit log, and written to log files. */
export { AccessLog, type AccessLogOptions } from './access-log.ts';
export { type AuditLine, type AuditRecordOptions, buildAuditRecord } from './audit-record.ts';
export { logFileSettings } from './log-file-settings.ts';
export { writeLogCap } from './segments.ts';
