import { lastEntry } from './container-env.ts';
import { nonProxyHosts } from './java-non-proxy-hosts.ts';
import type { InjectedNoProxy } from './no-proxy.ts';
import type { EnvVar } from './pod.ts';
import type { ProxyAddress } from './proxy-address.ts';

/** Settings for the JVM, which reads no proxy variable. */
export interface JavaSettings {
  /**
   * JAVA_TOOL_OPTIONS or JDK_JAVA_OPTIONS. The JVM adds up both and its command line; for a property that several set,
   * the command line has precedence over JDK_JAVA_OPTIONS, and that over JAVA_TOOL_OPTIONS (Java 17 and 25).
   */
  variable: string;
  address: ProxyAddress;
  noProxy: InjectedNoProxy;
}

/**
 * Bytes. Java 8 reads JAVA_TOOL_OPTIONS into a buffer of 1024 and ignores the whole variable when it is longer
 * (hotspot/share/runtime/arguments.cpp, OPTION_BUFFER_SIZE); later versions have no limit.
 */
const JAVA_8_LIMIT = 1023;

export const TOOL_OPTIONS = 'JAVA_TOOL_OPTIONS';

/**
 * The env with the variable `java.variable` extended. A variable from valueFrom is left unchanged: its value is not known here.
 * Returns the same list when nothing is missing.
 */
export function addJavaOptions(
  env: EnvVar[] | undefined,
  java: JavaSettings | undefined,
): EnvVar[] | undefined {
  if (java === undefined) return env;
  const present = lastEntry(env, [java.variable]);
  if (present?.valueFrom !== undefined) return env;
  const value = javaOptions(present?.value, java);
  if (value === present?.value) return env;
  if (present === undefined) return [{ name: java.variable, value }, ...(env ?? [])];
  return env?.map((entry) => (entry === present ? { ...entry, value } : entry));
}

/**
 * The options with the system properties that point the JVM's HTTP clients at the proxy, after the user's own
 * options. A property that the user sets is left unchanged, so that a second pass adds nothing. nonProxyHosts is cut so
 * that Java 8 can read the whole, unless the user's options alone are longer.
 */
export function javaOptions(
  present: string | undefined,
  { variable, address: { host, port }, noProxy }: JavaSettings,
): string {
  const before = present ?? '';
  const absent = (property: string) => !before.includes(`-D${property}=`);
  const options = [before].filter((text) => text !== '');
  for (const scheme of ['http', 'https']) {
    if (!absent(`${scheme}.proxyHost`)) continue;
    options.push(`-D${scheme}.proxyHost=${host}`, `-D${scheme}.proxyPort=${port}`);
  }
  if (absent('http.nonProxyHosts')) {
    const room = variable === TOOL_OPTIONS ? JAVA_8_LIMIT - options.join(' ').length : 0;
    options.push(nonProxyOption(room, noProxy));
  }
  return options.join(' ');
}

/** http.nonProxyHosts applies to https too. A `room` that is too small for anything is no limit. */
function nonProxyOption(room: number, noProxy: InjectedNoProxy): string {
  const option = '-Dhttp.nonProxyHosts=';
  const forHosts = room - ' '.length - option.length;
  return option + nonProxyHosts(noProxy, forHosts > 0 ? forHosts : Number.POSITIVE_INFINITY);
}
