import { splitHostPort } from '../../rule-changes/index.ts';
import { UsageError } from '../command-line/index.ts';

const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 };

/** Reads a target as users have it: `host:port`, a URL, or a host alone, which means port 443. Throws UsageError. */
export function readTarget(text: string): { host: string; port: number } {
  if (text.includes('://')) return readUrl(text);
  const split = splitHostPort(text);
  if (split !== undefined && !isBareIPv6(text)) return split;
  const host = text.replace(/\/.*$/, '');
  if (host === '')
    throw new UsageError(`"${text}" is no target: write host:port, such as api.example.com:443`);
  return { host: isBareIPv6(host) ? `[${host}]` : host, port: 443 };
}

function readUrl(text: string): { host: string; port: number } {
  const url = URL.parse(text);
  const port = url?.port ? Number(url.port) : ports[url?.protocol ?? ''];
  if (url === null || url.hostname === '' || port === undefined)
    throw new UsageError(`"${text}" is no target: write host:port, such as api.example.com:443`);
  return { host: url.hostname, port };
}

function isBareIPv6(text: string): boolean {
  return !text.includes('[') && text.split(':').length > 2;
}
