import { addVariables, lastEntry, type Variable } from './container-env.ts';
import type { Container, EnvVar, Pod } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';
import { mountsTrust, trustInContainer } from './trust-bundle.ts';

/**
 * The ephemeral containers after an update: a new one gets the variables of the pod's first container, with what the
 * user set there. Existing ones are left unchanged: the API server rejects any change to them. Returns the same list
 * when nothing is missing.
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

/** Our variables as the first container has them, ours or the user's, if their values are valid outside it. */
function seenByFirst(first: Container | undefined, { variables, java }: ProxyVariables): Variable[] {
  const spellings = variables.map((variable) => variable.map(({ name }) => name));
  if (java !== undefined) spellings.push([java.variable]);
  return spellings.map((names) =>
    names.flatMap((name) => {
      const entry = lastEntry(first?.env, [name]);
      return entry !== undefined && isSelfContained(entry) ? [entry] : [];
    }),
  );
}

/** Without the trust variables that the user has replaced. */
function trustSeenBy(first: Container, { trust }: ProxyVariables): readonly Variable[] | undefined {
  return trust?.filter((variable) =>
    variable.every(({ name, value }) => lastEntry(first.env, [name])?.value === value),
  );
}

/** Not self-contained: `$(NAME)` refers to other variables of the container, resourceFieldRef to the container. */
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
