import type { AgentSettings } from '../../config/index.ts';
import type { LogFileSettings } from './access-log.ts';

/** Bytes of one file of GoAccess's feed. GoAccess reads both files when it starts, and new lines immediately. */
const FEED_FILE = 8 << 20;

/** The files that the agent's settings ask for. */
export function logFileSettings(settings: AgentSettings): LogFileSettings[] {
  const { accessLog, accessLogDir, accessLogFileSize, accessLogMaxSize, podName, goAccessDir } = settings;
  const files: LogFileSettings[] = [];
  if (accessLog !== undefined)
    files.push({
      id: 'log-file',
      format: accessLog,
      folder: accessLogDir,
      name: podName,
      fileSize: accessLogFileSize,
      maxSize: accessLogMaxSize,
    });
  if (goAccessDir !== undefined)
    files.push({
      id: 'goaccess',
      format: 'goAccess',
      folder: goAccessDir,
      name: 'feed',
      fileSize: FEED_FILE,
      maxSize: 2 * FEED_FILE,
    });
  return files;
}
