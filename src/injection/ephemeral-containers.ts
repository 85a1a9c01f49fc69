import { addVariables, lastEntry, type Variable } from './container-env.ts';
import { JAVA_VARIABLE } from './java-options.ts';
import type { Container, EnvVar, Pod } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';
import { mountsTrust, trustInContainer } from './trust-bundle.ts';

/**
 * The ephemeral containers after an update: one that is new sees the world as the pod's first container does,
 * with what the user set there. No other is touched: the API server refuses any change to them. The same list
 * comes back when nothing is missing.
 */
export function injectEphemeral(pod: Pod, oldPod: Pod, wanted: ProxyVariables): Container[] | undefined {
  const before = pod.spec?.ephemeralContainers;
  const first = pod.spec?.containers?.[0];
  const seen = seenByFirst(first, wanted);
  const trust = first && mountsTrust(first) ? trustSeenBy(first, wanted) : undefined;
  const old = new Set(oldPod.spec?.ephemeralContainers?.map(({ name }) => name));
  const after = before?.map((container) =>
    old.has(container.name) ? container : follow(container, seen, trust),
  );
  return after?.every((container, index) => container === before?.[index]) ? before : after;
}

/** Those of our variables that the first container has, from whomever, where they hold outside it as well. */
function seenByFirst(first: Container | undefined, { variables, java }: ProxyVariables): Variable[] {
  const spellings = variables.map((variable) => variable.map(({ name }) => name));
  if (java !== undefined) spellings.push([JAVA_VARIABLE]);
  return spellings.map((names) =>
    names.flatMap((name) => {
      const entry = lastEntry(first?.env, [name]);
      return entry !== undefined && isSelfContained(entry) ? [entry] : [];
    }),
  );
}

/** Without those in whose place the user has put others. */
function trustSeenBy(first: Container, { trust }: ProxyVariables): readonly Variable[] | undefined {
  return trust?.filter((variable) =>
    variable.every(({ name, value }) => lastEntry(first.env, [name])?.value === value),
  );
}

/** `$(NAME)` refers to the container's other variables, resourceFieldRef to the container itself. */
function isSelfContained({ value, valueFrom }: EnvVar): boolean {
  return valueFrom ? valueFrom.resourceFieldRef === undefined : !value?.includes('$(');
}

function follow(
  container: Container,
  seen: readonly Variable[],
  trust: readonly Variable[] | undefined,
): Container {
  const trusting = trustInContainer(container, trust);
  const env = addVariables(trusting.env, seen);
  return env === undefined || env === trusting.env ? trusting : { ...trusting, env };
}
