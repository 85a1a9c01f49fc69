import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { ProbeOutcome } from './evaluate-health.ts';

export interface ProbedParent {
  addresses: readonly string[];
  port: number;
  /** Milliseconds for one address. */
  timeoutMs: number;
  /** Undefined for a parent without TLS. */
  tls: { serverName: string; authorityFile: string } | undefined;
}

/** Largest number of addresses of one name that are tried. */
const MOST_ADDRESSES = 16;

/** Connects to each address, with a handshake if the parent has TLS; sends no request. */
export async function probeParent(parent: ProbedParent): Promise<ProbeOutcome> {
  if (parent.addresses.length === 0) return { addresses: [], error: 'its name does not resolve' };
  const tried = parent.addresses.slice(0, MOST_ADDRESSES).map(async (address) => {
    return { address, error: await tryAddress(address, parent) };
  });
  return { addresses: await Promise.all(tried), error: undefined };
}

async function tryAddress(address: string, parent: ProbedParent): Promise<string | undefined> {
  try {
    await connects(open(address, parent), parent.tls === undefined ? 'connect' : 'secureConnect', parent);
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
  { timeoutMs }: ProbedParent,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      finish();
    };
    socket.once(event, () => settle(resolve));
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('close', () => settle(() => reject(new Error('closed immediately'))));
  }).finally(() => {
    socket.on('error', () => {});
    socket.destroy();
  });
}
