/**
 * What Squid tells its log daemon, one command a line: a letter and, for some, a value
 * (Squid 5, src/log/ModDaemon.cc and src/log/file/log_file_daemon.cc).
 */
export type LogCommand =
  | { kind: 'append'; line: string }
  /** `squid -k rotate`. */
  | { kind: 'rotate' }
  /** Truncate, reopen, flush, the number of old files to keep, buffering: nothing of it concerns segments. */
  | { kind: 'none' }
  | { kind: 'unknown'; text: string };

const WITHOUT_EFFECT = 'TOFrb';

export function parseLogCommand(text: string): LogCommand {
  const letter = text.charAt(0);
  if (letter === 'L') return { kind: 'append', line: text.slice(1) };
  if (letter === 'R') return { kind: 'rotate' };
  if (letter !== '' && WITHOUT_EFFECT.includes(letter)) return { kind: 'none' };
  return { kind: 'unknown', text };
}
