import { describe, expect, it } from 'vitest';
import { optionTables } from './components.ts';
import { parseOptions, renderHelp } from './parse.ts';

const { webhook, agent } = optionTables;
const needed = ['--proxy', 'egress-proxy/squid', '--pod-name', 'squid-0', '--pod-ip', '10.1.2.3'];

describe('parseOptions', () => {
  it('takes defaults where nothing is given', () => {
    expect(parseOptions(webhook, [], {})).toEqual({
      outcome: 'settings',
      settings: {
        port: 8443,
        telemetryPort: 8080,
        namespace: 'kube-egress-system',
        secretName: 'kube-egress-webhook-tls',
        tunnelNamespace: 'kube-system',
        namespaceWaitMs: 500,
        kubeconfig: undefined,
        logLevel: 'info',
      },
    });
  });

  it('takes the flag before the environment before the default', () => {
    const env = { KUBE_EGRESS_PORT: '9000', POD_NAMESPACE: 'there', KUBE_EGRESS_LOG_LEVEL: '' };
    const parsed = parseOptions(webhook, ['--port=9443'], env);
    expect(parsed).toMatchObject({ settings: { port: 9443, namespace: 'there', logLevel: 'info' } });
    expect(parseOptions(webhook, [], env)).toMatchObject({ settings: { port: 9000 } });
  });

  const faults: { name: string; argv?: string[]; env?: Record<string, string>; fault: string }[] = [
    {
      name: 'a port out of range',
      argv: ['--port', '70000'],
      fault: '--port: "70000" is not a port (1-65535)',
    },
    { name: 'a flag without its value', argv: ['--port'], fault: '--port: "" is not a port (1-65535)' },
    {
      name: 'a wrong environment variable',
      env: { KUBE_EGRESS_NAMESPACE_WAIT_MS: '1s' },
      fault: 'KUBE_EGRESS_NAMESPACE_WAIT_MS: "1s" is not a number of milliseconds (0-600000)',
    },
    {
      name: 'a choice',
      argv: ['--log-level=loud'],
      fault: '--log-level: "loud" is not one of debug, info, warn, error',
    },
    {
      name: 'a mistyped flag',
      argv: ['--log-lvl=info'],
      fault: '--log-lvl: unknown flag; did you mean --log-level?',
    },
    { name: 'an unknown flag', argv: ['--zeal'], fault: '--zeal: unknown flag; --help lists the flags' },
    { name: 'a word', argv: ['now'], fault: '"now": expected flags only' },
  ];
  it.each(faults)('names $name and what is expected', ({ argv = [], env = {}, fault }) => {
    expect(parseOptions(webhook, argv, env)).toEqual({ outcome: 'faults', faults: [fault] });
  });

  it('names all faults, missing options too', () => {
    expect(parseOptions(agent, ['--proxy', 'squid'], { POD_IP: '10.0.0.7' })).toEqual({
      outcome: 'faults',
      faults: [
        '--proxy: "squid" is not namespace/name',
        '--pod-name (or POD_NAME) is missing: expected a non-empty text',
      ],
    });
  });

  const endpoints: { given: string; ok: boolean }[] = [
    { given: '127.0.0.1:53', ok: true },
    { given: '[::1]:53', ok: true },
    { given: '10.96.0.10:53,[fd00::a]:53', ok: true },
    { given: '127.0.0.1', ok: false },
    { given: '::1:53', ok: false },
    { given: 'dns:53', ok: false },
    { given: '10.0.0.1:0', ok: false },
  ];
  it.each(endpoints)('$given as resolvers: $ok', ({ given, ok }) => {
    const { outcome } = parseOptions(agent, [...needed, '--dns-upstream', given], {});
    expect(outcome).toBe(ok ? 'settings' : 'faults');
  });

  it('takes a switch alone as true, and what follows as another flag', () => {
    const { dashboard } = optionTables;
    expect(parseOptions(dashboard, [], {})).toMatchObject({ settings: { local: false, port: 8090 } });
    expect(parseOptions(dashboard, ['--local', '--port=1'], {})).toMatchObject({
      settings: { local: true, port: 1 },
    });
    expect(parseOptions(dashboard, ['--local=false'], {})).toMatchObject({ settings: { local: false } });
    expect(parseOptions(dashboard, ['--local=maybe'], {})).toMatchObject({ outcome: 'faults' });
  });

  it('answers --help whatever else is wrong', () => {
    expect(parseOptions(agent, ['--port', 'x', '-h'], {})).toEqual({ outcome: 'help' });
  });
});

describe('renderHelp', () => {
  it('lists each flag with its variable and its default', () => {
    const help = renderHelp('agent', 'Decides.', agent);
    expect(help).toContain('--dns-listen <address:port, such as 127.0.0.1:53>');
    expect(help).toContain('(default "127.0.0.1:53") [KUBE_EGRESS_DNS_LISTEN]');
    expect(help).toContain('--proxy <namespace/name> (required)');
  });

  it.each(Object.keys(optionTables))('no flag of %s has two meanings', (component) => {
    const table = Object.values(optionTables[component as keyof typeof optionTables]);
    expect(new Set(table.map(({ flag }) => flag)).size).toBe(table.length);
  });
});
