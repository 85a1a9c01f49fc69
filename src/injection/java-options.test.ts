import { describe, expect, it } from 'vitest';
import { nonProxyHosts } from './java-non-proxy-hosts.ts';
import { javaToolOptions } from './java-options.ts';

const address = { host: 'squid.egress-proxy.svc.cluster.local', port: 3128 };
const proxy =
  '-Dhttp.proxyHost=squid.egress-proxy.svc.cluster.local -Dhttp.proxyPort=3128 ' +
  '-Dhttps.proxyHost=squid.egress-proxy.svc.cluster.local -Dhttps.proxyPort=3128';
const hosts = '-Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.svc';

describe('javaToolOptions', () => {
  const cases: { name: string; present: string | undefined; expected: string }[] = [
    { name: 'nothing there', present: undefined, expected: `${proxy} ${hosts}` },
    { name: 'options of the user first', present: '-Xmx512m', expected: `-Xmx512m ${proxy} ${hosts}` },
    {
      name: 'a proxy of the user stays whole',
      present: '-Dhttp.proxyHost=mine -Dhttps.proxyHost=mine',
      expected: `-Dhttp.proxyHost=mine -Dhttps.proxyHost=mine ${hosts}`,
    },
    {
      name: 'nonProxyHosts of the user',
      present: '-Dhttp.nonProxyHosts=*.corp',
      expected: `-Dhttp.nonProxyHosts=*.corp ${proxy}`,
    },
  ];
  it.each(cases)('$name', ({ present, expected }) => {
    expect(javaToolOptions(present, address, '.svc')).toBe(expected);
  });

  it('adds nothing the second time', () => {
    const once = javaToolOptions('-Xmx512m', address, '.svc');
    expect(javaToolOptions(once, address, '.svc')).toBe(once);
  });

  it('stays readable for Java 8 however long NO_PROXY is', () => {
    const noProxy = Array.from({ length: 300 }, (_, index) => `service-${index}`).join(',');
    const value = javaToolOptions('-Xmx512m', address, `.svc,${noProxy}`);
    expect(value.length).toBeLessThan(1024);
    expect(value).toContain('|*.svc|');
  });
});

describe('nonProxyHosts', () => {
  const cases: { name: string; noProxy: string; expected: string }[] = [
    { name: 'suffixes', noProxy: '.svc,.cluster.local', expected: '*.svc|*.cluster.local' },
    {
      name: 'a suffix that another covers',
      noProxy: '.cluster.local,.svc.cluster.local',
      expected: '*.cluster.local',
    },
    { name: 'a range on an octet', noProxy: '10.0.0.0/8,10.244.0.0/16', expected: '10.*|10.244.*' },
    { name: 'a range between octets', noProxy: '10.32.0.0/14', expected: '10.32.*|10.33.*|10.34.*|10.35.*' },
    { name: 'a range with host bits', noProxy: '10.35.1.2/14', expected: '10.32.*|10.33.*|10.34.*|10.35.*' },
    { name: 'a few addresses', noProxy: '192.0.2.8/31', expected: '192.0.2.8|192.0.2.9' },
    { name: 'ranges that Java cannot say', noProxy: '10.0.0.0/9,fd00::/64', expected: '' },
    { name: 'addresses', noProxy: '192.0.2.7,2001:db8::1', expected: '192.0.2.7|[2001:db8::1]' },
    { name: 'a name covers all names below it', noProxy: 'a.example', expected: 'a.example|*.a.example' },
    { name: 'a bare Service name', noProxy: 'redis', expected: 'redis' },
    { name: 'a port', noProxy: 'a.example:8080', expected: '' },
  ];
  it.each(cases)('$name', ({ noProxy, expected }) => {
    const value = nonProxyHosts(noProxy, 1000);
    expect(value).toBe(['localhost|127.*|[::1]', expected].filter((part) => part !== '').join('|'));
  });
});
