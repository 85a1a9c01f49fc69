import type { AgentSettings } from '../../config/index.ts';
import type { LogFileSettings } from './access-log.ts';

/** Bytes of what GoAccess has not read yet: it reads at once, and a container that starts again reads both files. */
const FEED_FILE = 8 << 20;

/** The files that the agent is told to write. */
export function logFileSettings(settings: AgentSettings): LogFileSettings[] {
  const { accessLog, accessLogDir, accessLogFileSize, accessLogMaxSize, podName, goAccessDir } = settings;
  const files: LogFileSettings[] = [];
  if (accessLog !== undefined)
    files.push({
      as: 'log-file',
      format: accessLog,
      folder: accessLogDir,
      name: podName,
      fileSize: accessLogFileSize,
      maxSize: accessLogMaxSize,
    });
  if (goAccessDir !== undefined)
    files.push({
      as: 'goaccess',
      format: 'goAccess',
      folder: goAccessDir,
      name: 'feed',
      fileSize: FEED_FILE,
      maxSize: 2 * FEED_FILE,
    });
  return files;
}
