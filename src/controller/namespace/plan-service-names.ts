import type { CachedService } from '../cache/trim-objects.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import { type ConditionUpdate, listNames } from '../conditions.ts';

/** Pods of a namespace that send requests for a Service of it to the proxy, which refuses them. */
interface OlderPods {
  pods: string[];
  services: string[];
}

/**
 * The pods that are older than a Service and whose NO_PROXY lacks its name. A pod's own Services do not count: it does not
 * call itself. Whether a pod calls a Service is not known. `leftOut`: names that no NO_PROXY of the namespace has.
 */
export function findOlderPods(
  pods: readonly CachedPod[],
  services: readonly CachedService[],
  leftOut: ReadonlySet<string>,
): OlderPods {
  const older = new Set<string>();
  const lacking = new Set<string>();
  for (const [names, group] of groupByNames(pods)) {
    const known = new Set(names.split(','));
    const unknown = services.filter(({ metadata: { name } }) => !known.has(name) && !leftOut.has(name));
    for (const pod of group) {
      for (const service of unknown.filter((each) => isOlder(pod, each) && !selects(each, pod))) {
        older.add(pod.metadata.name);
        lacking.add(service.metadata.name);
      }
    }
  }
  return { pods: [...older], services: [...lacking] };
}

/** The pods of a workload have the same NO_PROXY, so that it is compared once for all of them. */
function groupByNames(pods: readonly CachedPod[]): Map<string, CachedPod[]> {
  const groups = new Map<string, CachedPod[]>();
  for (const pod of pods) {
    if (pod.bareNames === undefined) continue;
    const group = groups.get(pod.bareNames);
    if (group === undefined) groups.set(pod.bareNames, [pod]);
    else group.push(pod);
  }
  return groups;
}

/** Timestamps have seconds: the order within one is not known, and the NO_PROXY lacks the name. */
function isOlder({ createdAt }: CachedPod, service: CachedService): boolean {
  return createdAt <= service.createdAt;
}

function selects({ selector }: CachedService, { metadata: { labels } }: CachedPod): boolean {
  return selector !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value);
}

export function planServiceNames({ pods, services }: OlderPods): ConditionUpdate {
  const type = 'PodsOlderThanServices';
  if (pods.length === 0) {
    const message = 'no pod lacks the name of a Service of the namespace in its NO_PROXY';
    return { type, status: 'False', reason: 'Injected', message };
  }
  const message = `the NO_PROXY of these pods lacks Services that are newer; a pod that calls one of them by its bare name (${listNames(services)}) gets a 403: restart it, or call the Service by its name below .svc; pods: ${listNames(pods)}`;
  return { type, status: 'True', reason: 'PodsOlderThanServices', message };
}
