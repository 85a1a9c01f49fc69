/** What the table needs to know of the place that it runs in. */
export interface Places {
  /** A name that the client's rules allow, on port 80 alone. */
  allowed: string;
  /** A name that no rule allows; a server of its own answers at its address. */
  denied: string;
  deniedAddress: string;
  /** Where the proxy listens: its Service's name and address, a pod's address, the port. */
  proxy: { name: string; service: string; pod: string; port: number };
  /** A server inside the cluster that no client may reach through the proxy. */
  inside: { address: string; port: number };
}

export interface Expected {
  /** The status of each answer, in order; empty: the connection is closed, or waits, without one. */
  answers: readonly number[];
  /** What reaches the allowed name's server: the row's path with these endings, `TUNNEL` for a tunnel's. */
  arrives?: readonly string[];
}

/** `raw`: one character a byte; `path` is the row's own, so that a server's log tells what arrived. */
export type Row = readonly [name: string, why: string, raw: (path: string) => string, expected: Expected];

export const TUNNEL = 'tunnel';
export const CRLF = '\r\n';
export const END = CRLF + CRLF;

export const refused: Expected = { answers: [403] };
export const malformed: Expected = { answers: [400] };
export const silent: Expected = { answers: [] };
export const passed: Expected = { answers: [200], arrives: [''] };
export const tunnelled: Expected = { answers: [200, 200], arrives: [TUNNEL] };

export function request(line: string, headers: readonly string[] = [], body = ''): string {
  return [line, ...headers].join(CRLF) + END + body;
}

export function connectTo(target: string, headers: readonly string[] = []): string {
  return request(`CONNECT ${target} HTTP/1.1`, headers);
}

/** A whole GET, as a client of a proxy writes it. */
export function get(url: string, host: string, headers: readonly string[] = []): string {
  return request(`GET ${url} HTTP/1.1`, [`Host: ${host}`, ...headers, 'Connection: close']);
}

export function chunk(text: string): string {
  return `${text.length.toString(16)}${CRLF}${text}${CRLF}`;
}
