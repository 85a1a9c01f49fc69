import { describe, expect, it } from 'vitest';
import { API_VERSION, type EgressProxySpec, type Upstream } from '../api/index.ts';
import { renderSquidConf } from './squid-conf.ts';
import { accessLogFields, aclRequestFields } from './squid-formats.ts';

const render = (spec: EgressProxySpec) =>
  renderSquidConf({
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name: 'squid', namespace: 'egress-proxy' },
    spec,
  });
const linesOf = (spec: EgressProxySpec, directive: string) =>
  render(spec)
    .split('\n')
    .filter((line) => line.startsWith(directive));
const upstream: Upstream = { name: 'int', host: 'int.example', port: 3128 };

describe('renderSquidConf', () => {
  it.each([
    ['plain', {}],
    [
      'upstreams',
      {
        upstreams: [
          upstream,
          { ...upstream, name: 'own-ca', targets: ['a.example:443'], tls: { caSecretRef: { name: 'ca' } } },
        ],
      },
    ],
  ] satisfies [string, EgressProxySpec][])('renders %s', async (name, spec) => {
    await expect(render(spec)).toMatchFileSnapshot(`../../test/goldens/proxy/squid-${name}.conf`);
  });

  it('asks the agent first, and ends with deny all', () => {
    const lines = linesOf({}, 'http_access');
    expect(lines[0]).toBe('http_access deny !decided because_undecided');
    expect(lines.at(-1)).toBe('http_access deny all because_undecided');
  });

  it.each([
    ['without upstreams', {}, ['!closed']],
    [
      'with upstreams, which resolve names themselves',
      { upstreams: [upstream] },
      ['via_upstream', '!closed'],
    ],
  ] satisfies [string, EgressProxySpec, string[]][])(
    'allows only what no check denies, %s',
    (_, spec, ends) => {
      expect(linesOf(spec, 'http_access allow')).toEqual(
        ends.map(
          (end) => `http_access allow allowed permitted_method !manager !internal !closed_literal ${end}`,
        ),
      );
    },
  );

  it('adds the headers of a refusal to each status that a page of ours has, and to no other', () => {
    const pages = linesOf({}, 'deny_info').map((line) => line.replace(/^deny_info (\d+):.*$/, '$1'));
    const [statuses = ''] = linesOf({}, 'acl refusal_status http_status ');
    expect(statuses.split(' ').slice(3)).toEqual([...new Set(pages)].sort());
  });

  it('carries the fields of both lines in their order', () => {
    expect(render({})).toContain(` ${aclRequestFields.map(({ code }) => code).join(' ')} `);
    expect(render({})).toContain(`logformat egress ${accessLogFields.map(({ code }) => code).join('\t')}\n`);
  });

  describe('never goes direct for what an upstream owns', () => {
    const never = (upstreams: Upstream[]) => linesOf({ upstreams }, 'never_direct');
    // The tunnels of the gate come first.
    const saidSo = [
      'never_direct allow CONNECT gated',
      'never_direct deny go_direct',
      'never_direct allow all',
    ];
    it('unless the agent says so for a request', () => {
      expect(never([upstream])).toEqual(saidSo);
    });
    it('and does not depend on the targets, so that they change without a reload', () => {
      expect(render({ upstreams: [{ ...upstream, targets: ['a.example:443'] }] })).toBe(
        render({ upstreams: [upstream] }),
      );
    });
    it('with one that cannot be rendered, too', () => {
      const broken = { ...upstream, targets: ['a.example:443'], host: 'a.example\nhttp_access allow all' };
      expect(never([broken])).toEqual(saidSo);
      expect(render({ upstreams: [broken] })).not.toContain('http_access allow all\n');
    });
  });

  it('limits bytes only where the EgressProxy says so', () => {
    expect(linesOf({}, 'delay_')).toEqual([]);
    expect(linesOf({ limits: { bytesPerSecond: 1_000_000 } }, 'delay_parameters')).toEqual([
      'delay_parameters 1 1000000/1000000',
    ]);
  });

  it('ends a tunnel that carries no data after idleSeconds', () => {
    expect(linesOf({}, 'read_timeout')).toEqual(['read_timeout 3600 seconds']);
    expect(linesOf({ idleSeconds: 600 }, 'read_timeout')).toEqual(['read_timeout 600 seconds']);
  });

  it('upgrades to WebSocket alone, and only what the agent has allowed', () => {
    expect(linesOf({}, 'http_upgrade_request_protocols')).toEqual([
      'http_upgrade_request_protocols websocket allow allowed',
      'http_upgrade_request_protocols WebSocket allow allowed',
    ]);
  });

  it('keeps loopback closed whatever privateCIDRs say', () => {
    const [closed = ''] = linesOf({ privateCIDRs: ['127.0.0.0/8', '0.0.0.0/0', '::/0'] }, 'acl closed ');
    expect(closed.split(' ').slice(3, 7)).toEqual([
      '0.0.0.0/8',
      '127.0.0.0/8',
      '64:ff9b::/104',
      '64:ff9b::7f00:0/104',
    ]);
  });

  it('closes private addresses behind the NAT64 of the operator, but not those that privateCIDRs open', () => {
    const closedBy = (spec: EgressProxySpec) => linesOf(spec, 'acl closed dst').join(' ').split(' ');
    const nat64Prefixes = ['2a01:db8:64::/96'];
    expect(closedBy({ nat64Prefixes })).toContain('2a01:db8:64::a00:0/104');
    // Squid warns of a range inside another.
    expect(closedBy({ nat64Prefixes: ['fd64::/96'] })).toEqual(closedBy({}));
    expect(closedBy({ nat64Prefixes, privateCIDRs: ['10.0.0.0/8'] })).not.toContain('2a01:db8:64::a00:0/104');
  });

  it('leaves a range that overlaps privateCIDRs to the agent', () => {
    const [closed = ''] = linesOf({ privateCIDRs: ['10.1.2.0/24', 'not a range'] }, 'acl closed ');
    expect(closed).not.toContain('10.0.0.0/8');
    expect(closed).toContain('172.16.0.0/12');
  });
});
