import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from './log.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { type Readiness, startTelemetryServer } from './server.ts';

async function serve(readiness: () => Readiness, checks: Record<string, () => Promise<Readiness>> = {}) {
  const metrics = createMetrics();
  const options = {
    port: 0,
    host: '127.0.0.1',
    readiness,
    checks,
    registry: metrics.registry,
    log: silentLog,
  };
  const server = await startTelemetryServer(options);
  onTestFinished(() => server.close());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  return { get, metrics, server, options };
}

describe('createMetrics', () => {
  it('has the lag of the event loop, without the histogram that wakes an idle process', () => {
    const names = createMetrics()
      .registry.getMetricsAsArray()
      .map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('nodejs_eventloop_lag'))).toEqual([
      'nodejs_eventloop_lag_seconds',
    ]);
    expect(names).toContain('nodejs_heap_size_used_bytes');
  });
});

describe('startTelemetryServer', () => {
  it('is live while it is not ready, and lists what is missing, one reason per line', async () => {
    const { get } = await serve(() => ({
      ready: false,
      reasons: ['pods are not listed yet', 'no certificate yet'],
    }));
    expect(await get('/livez')).toEqual({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).toEqual({
      status: 503,
      text: 'pods are not listed yet\nno certificate yet\n',
    });
  });

  it('is ready when the component is', async () => {
    const { get } = await serve(() => ({ ready: true, reasons: [] }));
    expect(await get('/readyz?verbose')).toEqual({ status: 200, text: 'ok\n' });
    expect((await get('/')).status).toBe(404);
  });

  it('serves further checks under their names, apart from readiness', async () => {
    const checks = { squid: async () => ({ ready: false, reasons: ['it does not listen'] }) };
    const { get } = await serve(() => ({ ready: true, reasons: [] }), checks);
    expect(await get('/readyz/squid')).toEqual({ status: 503, text: 'it does not listen\n' });
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/readyz/other')).status).toBe(404);
    expect((await get('/squid')).status).toBe(404);
    expect((await get('/readyz/constructor')).status).toBe(404);
  });

  it('serves metrics under the product’s prefix', async () => {
    const { get, metrics } = await serve(() => ({ ready: true, reasons: [] }));
    metrics.counter('decisions_total', 'Decisions.', ['verdict']).inc({ verdict: 'allow' });
    let open = [{ labels: { namespace: 'shop' }, value: 3 }];
    metrics.readGauge('open_tunnels', 'Open tunnels.', ['namespace'], () => open);
    expect((await get('/metrics')).text).toContain('kube_egress_decisions_total{verdict="allow"} 1');
    expect((await get('/metrics')).text).toContain('kube_egress_open_tunnels{namespace="shop"} 3');
    open = [];
    expect((await get('/metrics')).text).not.toContain('namespace="shop"');
  });

  it('answers when readiness itself fails', async () => {
    const { get } = await serve(() => {
      throw new Error('broken');
    });
    expect((await get('/readyz')).status).toBe(500);
    expect((await get('/livez')).status).toBe(200);
  });

  it('rejects if the port is taken', async () => {
    const { server, options } = await serve(() => ({ ready: true, reasons: [] }));
    await expect(startTelemetryServer({ ...options, port: server.port })).rejects.toThrow('EADDRINUSE');
  });
});

describe('createLogger', () => {
  it('writes JSON lines with the component, the level as a word, and errors with their stack', () => {
    const lines: string[] = [];
    const log = createLogger({
      component: 'webhook',
      level: 'warn',
      destination: { write: (line) => lines.push(line) },
    });
    log.info('not shown');
    log.error({ err: new Error('broken'), namespace: 'shop' }, 'it failed');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      component: 'webhook',
      namespace: 'shop',
      msg: 'it failed',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      err: { message: 'broken', stack: expect.stringContaining('server.test') },
    });
  });
});
