import { annotation } from '../api/index.ts';
import type { Variable } from './container-env.ts';
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
  const isKept = (variable: Variable) => !variable.some(({ name }) => skipped.has(name));
  const trust = all.trust?.filter(isKept);
  return {
    ...all,
    variables: all.variables.filter(isKept),
    trust: trust?.length === 0 ? undefined : trust,
    java: skipped.has(JAVA_VARIABLE) ? undefined : all.java,
  };
}
