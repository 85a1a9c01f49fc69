import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { ProbeOutcome } from './evaluate-health.ts';

export interface ProbedParent {
  addresses: readonly string[];
  port: number;
  /** Milliseconds for one address to accept a connection. */
  connectTimeoutMs: number;
  /** Milliseconds for one address to answer a request; undefined for a parent that is sent none. */
  answerTimeoutMs: number | undefined;
  /** Undefined for a parent without TLS. */
  tls: { serverName: string; authorityFile: string } | undefined;
}

/** Largest number of addresses of one name that are tried. */
const MOST_ADDRESSES = 16;

/**
 * Connects to each address, with a handshake if the parent has TLS, and sends it `OPTIONS *`, which a proxy answers by itself:
 * no other server, no DNS and none of its rules take part (RFC 9110, 7.6.2). Any status is an answer.
 */
export async function probeParent(parent: ProbedParent): Promise<ProbeOutcome> {
  if (parent.addresses.length === 0) return { addresses: [], error: 'its name does not resolve' };
  const tried = parent.addresses.slice(0, MOST_ADDRESSES).map(async (address) => {
    return { address, error: await tryAddress(address, parent) };
  });
  return { addresses: await Promise.all(tried), error: undefined };
}

async function tryAddress(address: string, parent: ProbedParent): Promise<string | undefined> {
  try {
    const socket = open(address, parent);
    try {
      await connects(socket, parent.tls === undefined ? 'connect' : 'secureConnect', parent);
      if (parent.answerTimeoutMs !== undefined) await answers(socket, parent.answerTimeoutMs);
    } finally {
      socket.on('error', () => {});
      socket.destroy();
    }
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'the file of its CA is missing' : (code ?? message);
  }
}

function open(host: string, { port, tls }: ProbedParent): Socket {
  if (tls === undefined) return connectTcp({ host, port });
  const { serverName, authorityFile } = tls;
  return connectTls({
    host,
    port,
    ca: readFileSync(authorityFile),
    ...(isIP(serverName) === 0 && { servername: serverName }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
  });
}

function connects(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { connectTimeoutMs }: ProbedParent,
): Promise<void> {
  return within(connectTimeoutMs, `no connection in ${connectTimeoutMs / 1000} s`, (resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed immediately')));
  });
}

function answers(socket: Socket, timeoutMs: number): Promise<void> {
  const silent = `it accepts connections and did not answer OPTIONS in ${timeoutMs / 1000} s`;
  return within(timeoutMs, silent, (resolve, reject) => {
    // An empty Host: a transparent proxy would connect to the one that it is given.
    const headers = { host: '', 'max-forwards': '0', connection: 'close' };
    request({ method: 'OPTIONS', path: '*', headers, setHost: false, createConnection: () => socket })
      .once('response', () => resolve())
      .once('error', ({ code }: NodeJS.ErrnoException) => reject(new Error(explain(code))))
      .end();
  });
}

/** `code`: of Node's HTTP parser, or ECONNRESET where the connection was closed. */
function explain(code = ''): string {
  return code.startsWith('HPE_')
    ? 'its answer to OPTIONS is not HTTP'
    : 'it closed the connection and did not answer OPTIONS';
}

async function within(
  timeoutMs: number,
  message: string,
  begin: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(message)), timeoutMs);
  begin(resolve, reject);
  await promise.finally(() => clearTimeout(timer));
}
