import { Registry } from 'prom-client';
import { generate } from 'selfsigned';
import { silentLog } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import type { KeyPair } from '../../tls/index.ts';
import { DecisionLog } from './decision-log.ts';
import type { Handler } from './handler.ts';
import { registerMetrics } from './metrics.ts';
import { buildServer, useCertificate } from './server.ts';

export const PATH = '/decide';

export async function servingPair(name: string): Promise<KeyPair> {
  const pair = await generate([{ name: 'commonName', value: name }]);
  return { cert: pair.cert, key: pair.private };
}

const first = servingPair('first');

/** A server with one handler, not listening. */
export async function serverFixture(handler: Handler) {
  const registry = new Registry();
  const state = { draining: false, pods: new Map<string, string>() };
  const app = buildServer({
    handlers: { [PATH]: handler },
    metrics: registerMetrics(registry, () => undefined),
    decisions: new DecisionLog(silentLog, systemClock),
    log: silentLog,
    clock: systemClock,
    isDraining: () => state.draining,
    findPod: (address) => state.pods.get(address),
  });
  useCertificate(app, await first);
  return { app, registry, state };
}

export function review(over: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u-1', kind: { group: '', version: 'v1', kind: 'Pod' }, operation: 'CREATE', ...over },
  });
}
