import type { AccessLine, ParsedLine } from './access-line.ts';
import { type AuditRecordOptions, buildAuditRecord, isRequest, showUrl } from './audit-record.ts';
import { formatLogTime } from './log-time.ts';

/** A line of Squid's log in another format, without its end; undefined for what tells of no request. */
type Show = (line: ParsedLine, options: AuditRecordOptions) => string | undefined;

export interface LogFormat {
  show: Show;
  /** A line that readers of the format skip; absent where it has none. */
  comment?: (text: string) => string;
}

const json: Show = (line, options) => {
  const record = buildAuditRecord(line, options);
  return record && JSON.stringify(record);
};

/** Squid's native format, as `access_log ... squid` writes it. */
const squid: Show = (line, options) => {
  if (!isRequest(line)) return undefined;
  const result = `${line.result}/${statusOf(line).padStart(3, '0')}`;
  const hop = `${line.hierarchy ?? 'HIER_NONE'}/${line.serverAddress ?? '-'}`;
  return [
    line.end,
    (line.durationMs ?? '0').padStart(6),
    line.source ?? '-',
    result,
    line.bytesToClient ?? '0',
    line.method ?? '-',
    urlOf(line, options),
    '-',
    hop,
    line.mimeType ?? '-',
  ].join(' ');
};

/** As `access_log ... combined` writes it: Apache's combined format with Squid's two words behind it. */
const combined: Show = (line, options) => {
  if (!isRequest(line)) return undefined;
  const { result, hierarchy = 'HIER_NONE' } = line;
  return `${line.source ?? '-'} - - ${webLog(line, options)} ${quoted(refererOf(line, options))} ${quoted(line.userAgent)} ${result}:${hierarchy}`;
};

/** What GoAccess is fed; src/goaccess tells it which field is which. */
const goAccess: Show = (line, options) => {
  if (!isRequest(line)) return undefined;
  const { namespace, pod } = line.namespace === undefined ? { ...options.identify(line.source ?? '') } : line;
  const host = (line.host ?? '-').toLowerCase();
  const client = namespace === undefined ? '-' : `${namespace}/${pod ?? '-'}`;
  return [
    escaped(host),
    line.source ?? '-',
    client,
    webLog(line, options),
    line.durationMs ?? '0',
    quoted(refererOf(line, options)),
    quoted(line.userAgent),
  ].join(' ');
};

const comment = (text: string) => `# ${text}`;

export const logFormats = {
  json: { show: json },
  squid: { show: squid, comment },
  combined: { show: combined, comment },
  goAccess: { show: goAccess, comment },
} as const satisfies Record<string, LogFormat>;
export type LogFormatName = keyof typeof logFormats;

/** `[time] "request line" status bytes`. */
function webLog(line: AccessLine, options: AuditRecordOptions): string {
  const request = `${line.method ?? '-'} ${urlOf(line, options)} HTTP/${line.httpVersion ?? '1.1'}`;
  return `[${formatLogTime(Number(line.end))}] "${request}" ${statusOf(line)} ${line.bytesToClient ?? '0'}`;
}

/** Squid shows 0 where the client left before it got an answer. */
function statusOf({ status = '0' }: AccessLine): string {
  return status;
}

function urlOf({ url, method }: AccessLine, { query }: AuditRecordOptions): string {
  const shown = method === 'CONNECT' ? url : showUrl(url, query);
  return escaped(shown ?? '-');
}

function refererOf({ referer }: AccessLine, { query }: AuditRecordOptions): string | undefined {
  return showUrl(referer, query);
}

function quoted(text: string | undefined): string {
  return `"${escaped(text ?? '-', ' ')}"`;
}

/** What would end a field or a line, percent-encoded: blanks, quotes, backslashes, control characters. */
function escaped(text: string, allowed = ''): string {
  return Array.from(text, (character) =>
    allowed.includes(character) || !/[\s"\\\p{Cc}]/u.test(character)
      ? character
      : encodeURIComponent(character),
  ).join('');
}
