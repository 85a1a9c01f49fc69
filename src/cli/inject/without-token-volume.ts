import type { Pod } from '../../kube/index.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];

/** ServiceAccount admission names it so, with a suffix that is another one for each pod. */
const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]+$/;

/**
 * A stored pod without the volume of the token and its mounts, which the API server adds to each pod: two pods of one manifest
 * differ by its name, and the manifest does not have it. A volume that the manifest itself has is kept.
 */
export function withoutTokenVolume(stored: Spec, manifest: Partial<Spec> = {}): Spec {
  const own = new Set(manifest.volumes?.map(({ name }) => name));
  const isToken = (name: string) => TOKEN_VOLUME.test(name) && !own.has(name);
  const { volumes = [], containers, initContainers, ...rest } = stored;
  const kept = volumes.filter(({ name }) => !isToken(name));
  return {
    ...rest,
    ...(kept.length > 0 && { volumes: kept }),
    containers: containers.map((each) => withoutMounts(each, isToken)),
    ...(initContainers && { initContainers: initContainers.map((each) => withoutMounts(each, isToken)) }),
  };
}

function withoutMounts<C extends Container>(
  { volumeMounts = [], ...container }: C,
  isToken: (name: string) => boolean,
): C {
  const kept = volumeMounts.filter(({ name }) => !isToken(name));
  return { ...container, ...(kept.length > 0 && { volumeMounts: kept }) } as C;
}
