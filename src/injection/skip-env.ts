import { annotation } from '../api/index.ts';
import { JAVA_VARIABLE } from './java-options.ts';
import type { Pod } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';

/**
 * The variables without those that the pod's skip-env annotation names. A name stands for both of its spellings:
 * a client that finds HTTP_PROXY from envFrom beside an http_proxy of ours would see two proxies.
 */
export function withoutSkipped(all: ProxyVariables, pod: Pod): ProxyVariables {
  const text = pod.metadata?.annotations?.[annotation.skipEnv];
  if (text === undefined) return all;
  const skipped = new Set(text.split(/[\s,]+/).map((name) => name.toUpperCase()));
  return {
    ...all,
    variables: all.variables.filter((variable) => !variable.some(({ name }) => skipped.has(name))),
    java: skipped.has(JAVA_VARIABLE) ? undefined : all.java,
  };
}
