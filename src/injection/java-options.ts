import { nonProxyHosts } from './java-non-proxy-hosts.ts';
import type { ProxyAddress } from './proxy-address.ts';

export const JAVA_VARIABLE = 'JAVA_TOOL_OPTIONS';

/**
 * Bytes. Java 8 reads JAVA_TOOL_OPTIONS into a buffer of 1024 and ignores the whole variable when it is longer
 * (hotspot/share/runtime/arguments.cpp, OPTION_BUFFER_SIZE); later versions have no limit.
 */
const JAVA_8_LIMIT = 1023;

/**
 * JAVA_TOOL_OPTIONS with the system properties that point the JVM's HTTP clients at the proxy, behind what the
 * user wrote. A property that the user sets stays his, so that a second pass adds nothing. nonProxyHosts is cut
 * to keep the whole readable for Java 8, unless the user's part alone is longer already.
 */
export function javaToolOptions(
  present: string | undefined,
  { host, port }: ProxyAddress,
  noProxy: string,
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

/** https reads http.nonProxyHosts too. */
function nonProxyOption(lengthBefore: number, noProxy: string): string {
  const option = '-Dhttp.nonProxyHosts=';
  const room = JAVA_8_LIMIT - lengthBefore - ' '.length - option.length;
  return option + nonProxyHosts(noProxy, room > 0 ? room : Number.POSITIVE_INFINITY);
}
