import { globSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AuditRecord } from '../../../src/api/index.ts';
import { stateFolder } from '../state-folder.ts';

/** Every audit line of the proxy's pods, from the kubelet's files: `kubectl logs` shows only the newest of them. */
export function readAuditFiles(proxy = 'squid', namespace = 'egress-proxy'): AuditRecord[] {
  const files = globSync(`${stateFolder}/*/log/pods/${namespace}_${proxy}-*/agent/*`);
  return files.flatMap((file) => textOf(file).split('\n').flatMap(recordOf));
}

function textOf(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** A line of the container runtime: time, stream, F for a whole line, text. */
function recordOf(line: string): AuditRecord[] {
  const [, text] = /^\S+ stdout F (\{"id".*)$/.exec(line) ?? [];
  return text === undefined ? [] : [JSON.parse(text) as AuditRecord];
}
