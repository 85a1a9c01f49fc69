import { describe, expect, it } from 'vitest';
import { nonProxyHosts } from './java-non-proxy-hosts.ts';
import { addJavaOptions, javaOptions } from './java-options.ts';
import type { InjectedNoProxy } from './no-proxy.ts';

const entries = (value: string, more: Partial<InjectedNoProxy> = {}): InjectedNoProxy => ({
  value,
  namespaceEntries: new Set(),
  exactNames: [],
  ...more,
});

const address = { host: 'squid.egress-proxy.svc.cluster.local', port: 3128 };
const proxy =
  '-Dhttp.proxyHost=squid.egress-proxy.svc.cluster.local -Dhttp.proxyPort=3128 ' +
  '-Dhttps.proxyHost=squid.egress-proxy.svc.cluster.local -Dhttps.proxyPort=3128';
const hosts = '-Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.svc';

describe('javaOptions', () => {
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
    expect(javaOptions(present, { variable: 'JAVA_TOOL_OPTIONS', address, noProxy: entries('.svc') })).toBe(
      expected,
    );
  });

  it('adds nothing the second time', () => {
    const once = javaOptions('-Xmx512m', {
      variable: 'JAVA_TOOL_OPTIONS',
      address,
      noProxy: entries('.svc'),
    });
    expect(javaOptions(once, { variable: 'JAVA_TOOL_OPTIONS', address, noProxy: entries('.svc') })).toBe(
      once,
    );
  });

  it('stays readable for Java 8 however long NO_PROXY is', () => {
    const noProxy = Array.from({ length: 300 }, (_, index) => `service-${index}`).join(',');
    const value = javaOptions('-Xmx512m', {
      variable: 'JAVA_TOOL_OPTIONS',
      address,
      noProxy: entries(`.svc,${noProxy}`),
    });
    expect(value.length).toBeLessThan(1024);
    expect(value).toContain('|*.svc|');
    const settings = { variable: 'JDK_JAVA_OPTIONS', address, noProxy: entries(`.svc,${noProxy}`) };
    expect(javaOptions('-Xmx512m', settings)).toContain('|service-299|');
  });
});

describe('addJavaOptions', () => {
  const java = { variable: 'JDK_JAVA_OPTIONS', address, noProxy: entries('.svc') };

  it('extends the variable that is chosen, and leaves the other as it is', () => {
    const tool = { name: 'JAVA_TOOL_OPTIONS', value: '-Xmx512m' };
    expect(addJavaOptions([tool], java)).toEqual([
      { name: 'JDK_JAVA_OPTIONS', value: `${proxy} ${hosts}` },
      tool,
    ]);
    const present = { name: 'JDK_JAVA_OPTIONS', value: '-Xmx512m' };
    expect(addJavaOptions([tool, present], java)).toEqual([
      tool,
      { name: 'JDK_JAVA_OPTIONS', value: `-Xmx512m ${proxy} ${hosts}` },
    ]);
  });

  it('leaves a variable from elsewhere as it is: its value is not known', () => {
    const env = [{ name: 'JDK_JAVA_OPTIONS', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }];
    expect(addJavaOptions(env, java)).toBe(env);
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
    { name: 'a Service, and pods of a StatefulSet by it', noProxy: 'redis', expected: 'redis|*.redis' },
    { name: 'a headless Service as without its suffix', noProxy: '.redis,redis', expected: 'redis|*.redis' },
    { name: 'a port', noProxy: 'a.example:8080', expected: '' },
  ];
  it.each(cases)('$name', ({ noProxy, expected }) => {
    const value = nonProxyHosts(entries(noProxy), 1000);
    expect(value).toBe(['localhost|127.*|[::1]', expected].filter((part) => part !== '').join('|'));
  });

  it('has names of namespaces last, where there is room', () => {
    const noProxy = entries('.svc,.other,redis', { namespaceEntries: new Set(['.other']) });
    expect(nonProxyHosts(noProxy, 1000)).toBe('localhost|127.*|[::1]|*.svc|redis|*.redis|*.other');
    expect(nonProxyHosts(noProxy, 45)).toBe('localhost|127.*|[::1]|*.svc|redis|*.redis');
  });

  it('has a Service whose name is a needed suffix, without the names below it', () => {
    expect(nonProxyHosts(entries('.svc', { exactNames: ['app'] }), 1000)).toBe(
      'localhost|127.*|[::1]|*.svc|app',
    );
  });
});
