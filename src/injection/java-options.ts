import { lastEntry } from './container-env.ts';
import { nonProxyHosts } from './java-non-proxy-hosts.ts';
import type { InjectedNoProxy } from './no-proxy.ts';
import type { EnvVar } from './pod.ts';
import type { ProxyAddress } from './proxy-address.ts';
import type { ProxyVariables } from './proxy-variables.ts';

export const JAVA_VARIABLE = 'JAVA_TOOL_OPTIONS';

/**
 * Bytes. Java 8 reads JAVA_TOOL_OPTIONS into a buffer of 1024 and ignores the whole variable when it is longer
 * (hotspot/share/runtime/arguments.cpp, OPTION_BUFFER_SIZE); later versions have no limit.
 */
const JAVA_8_LIMIT = 1023;

/**
 * The env with JAVA_TOOL_OPTIONS extended. A variable from valueFrom is left unchanged: its value is not known here.
 * Returns the same list when nothing is missing.
 */
export function addJavaOptions(
  env: EnvVar[] | undefined,
  java: ProxyVariables['java'],
): EnvVar[] | undefined {
  if (java === undefined) return env;
  const present = lastEntry(env, [JAVA_VARIABLE]);
  if (present?.valueFrom !== undefined) return env;
  const value = javaToolOptions(present?.value, java.address, java.noProxy);
  if (value === present?.value) return env;
  if (present === undefined) return [{ name: JAVA_VARIABLE, value }, ...(env ?? [])];
  return env?.map((entry) => (entry === present ? { ...entry, value } : entry));
}

/**
 * JAVA_TOOL_OPTIONS with the system properties that point the JVM's HTTP clients at the proxy, after the user's own
 * options. A property that the user sets is left unchanged, so that a second pass adds nothing. nonProxyHosts is cut so
 * that Java 8 can read the whole, unless the user's options alone are longer.
 */
export function javaToolOptions(
  present: string | undefined,
  { host, port }: ProxyAddress,
  noProxy: InjectedNoProxy,
): string {
  const before = present ?? '';
  const absent = (property: string) => !before.includes(`-D${property}=`);
  const options = [before].filter((text) => text !== '');
  for (const scheme of ['http', 'https']) {
    if (!absent(`${scheme}.proxyHost`)) continue;
    options.push(`-D${scheme}.proxyHost=${host}`, `-D${scheme}.proxyPort=${port}`);
  }
  if (absent('http.nonProxyHosts')) options.push(nonProxyOption(options.join(' ').length, noProxy));
  return options.join(' ');
}

/** http.nonProxyHosts applies to https too. */
function nonProxyOption(lengthBefore: number, noProxy: InjectedNoProxy): string {
  const option = '-Dhttp.nonProxyHosts=';
  const room = JAVA_8_LIMIT - lengthBefore - ' '.length - option.length;
  return option + nonProxyHosts(noProxy, room > 0 ? room : Number.POSITIVE_INFINITY);
}
