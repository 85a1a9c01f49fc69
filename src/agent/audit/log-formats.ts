import type { AccessLine, ParsedLine } from './access-line.ts';
import { type AuditRecordOptions, buildAuditRecord, isRequest, redactUrl } from './audit-record.ts';

/** Renders a line of Squid's log in another format, without the line end; undefined if it describes no request. */
type RenderLine = (line: ParsedLine, options: AuditRecordOptions) => string | undefined;

export interface LogFormat {
  render: RenderLine;
  /** Renders a line that readers of the format skip; absent if the format has no comments. */
  comment?: (text: string) => string;
}

const json: RenderLine = (line, options) => {
  const record = buildAuditRecord(line, options);
  return record && JSON.stringify(record);
};

/** Squid's native format, as `access_log ... squid` writes it. */
const squid: RenderLine = (line, options) => {
  if (!isRequest(line)) return undefined;
  const result = `${line.result}/${statusOf(line).padStart(3, '0')}`;
  const hop = `${hierarchyOf(line, options)}/${options.gateReport(line.id ?? '')?.address ?? line.serverAddress ?? '-'}`;
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

/** Squid's `access_log ... combined`: Apache's combined format, followed by `RESULT:HIERARCHY`. */
const combined: RenderLine = (line, options) => {
  if (!isRequest(line)) return undefined;
  const { result } = line;
  return `${line.source ?? '-'} - - ${webLog(line, options)} ${quoted(refererOf(line, options))} ${quoted(line.userAgent)} ${result}:${hierarchyOf(line, options)}`;
};

/** The gate is a parent for Squid, and nothing but the way to the target for readers. */
function hierarchyOf({ id = '', hierarchy = 'HIER_NONE' }: AccessLine, options: AuditRecordOptions): string {
  return options.gateReport(id) === undefined ? hierarchy : 'HIER_DIRECT';
}

/** The feed of GoAccess; src/goaccess has the matching `--log-format`. */
const goAccess: RenderLine = (line, options) => {
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
  json: { render: json },
  squid: { render: squid, comment },
  combined: { render: combined, comment },
  goAccess: { render: goAccess, comment },
} as const satisfies Record<string, LogFormat>;
export type LogFormatName = keyof typeof logFormats;

/** `[time] "request line" status bytes`. */
function webLog(line: AccessLine, options: AuditRecordOptions): string {
  const request = `${line.method ?? '-'} ${urlOf(line, options)} HTTP/${line.httpVersion ?? '1.1'}`;
  return `[${formatLogTime(Number(line.end))}] "${request}" ${statusOf(line)} ${line.bytesToClient ?? '0'}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `27/Dec/2025:21:43:34 +0000`: the time of web servers' logs, in UTC. `seconds` since the epoch. */
function formatLogTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [two(date.getUTCDate()), MONTHS[date.getUTCMonth()], date.getUTCFullYear()].join('/');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${day}:${time} +0000`;
}

/** Squid's status is 0 if the client left before the answer. */
function statusOf({ status = '0' }: AccessLine): string {
  return status;
}

function urlOf({ url, method }: AccessLine, { query }: AuditRecordOptions): string {
  const shown = method === 'CONNECT' ? url : redactUrl(url, query);
  return escaped(shown ?? '-');
}

function refererOf({ referer }: AccessLine, { query }: AuditRecordOptions): string | undefined {
  return redactUrl(referer, query);
}

function quoted(text: string | undefined): string {
  return `"${escaped(text ?? '-', ' ')}"`;
}

/** Percent-encodes what would end a field or a line: blanks, quotes, backslashes, control characters. */
function escaped(text: string, allowed = ''): string {
  return Array.from(text, (character) =>
    allowed.includes(character) || !/[\s"\\\p{Cc}]/u.test(character)
      ? character
      : encodeURIComponent(character),
  ).join('');
}
