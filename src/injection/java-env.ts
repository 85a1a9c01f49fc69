import { lastEntry } from './container-env.ts';
import { JAVA_VARIABLE, javaToolOptions } from './java-options.ts';
import type { EnvVar } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';

/**
 * The env with JAVA_TOOL_OPTIONS extended. One that comes from valueFrom stays as it is: nothing can be appended
 * to a value that is not known here. The same list comes back when nothing is missing.
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
