import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { type KubeClient, type KubeObject, resources } from '../../../src/kube/index.ts';
import { until } from '../../support/until.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { installCrds } from './crds.ts';
import { applyManifest, ignoringFailures, readManifests } from './manifests.ts';
import { createNamespace } from './objects.ts';
import {
  asController,
  isAllowed,
  mayList,
  PRODUCT,
  type RunningController,
  type RunOptions,
  runController,
} from './running-controller.ts';

/** A control plane with the product's CRDs, roles, guards and admission configurations, but without a webhook. */
export interface Stage {
  readonly plane: ControlPlane;
  /** The administrator's. */
  readonly client: KubeClient;
  startController(options?: RunOptions): RunningController;
  stopControllers(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const plane = await startControlPlane();
  const { client } = plane;
  await installCrds(client);
  for (const name of [PRODUCT, 'egress-proxy']) await createNamespace(client, name);
  for (const folder of ['rbac', 'guards', 'admission']) {
    for (const object of await readManifests(folder)) await applyManifest(client, ignoringFailures(object));
  }
  await letRunProxies(client, 'egress-proxy');
  await controllerIsAllowed(plane);
  const running = new Set<RunningController>();
  const stopControllers = async () => {
    for (const one of running) await one.stop();
    running.clear();
  };
  return {
    plane,
    client,
    startController(options = {}) {
      const one = runController(plane, `controller-${running.size}`, options);
      running.add(one);
      return one;
    },
    stopControllers,
    async stop() {
      await stopControllers();
      await plane.stop();
    },
  };
}

/** Gives the controller the rights that it needs in the namespace of an EgressProxy. */
export async function letRunProxies(client: KubeClient, namespace: string): Promise<void> {
  const file = new URL('../../../manifests/components/proxy-namespace/role-binding.yaml', import.meta.url);
  const binding = parse(await readFile(file, 'utf8')) as KubeObject;
  await applyManifest(client, { ...binding, metadata: { ...binding.metadata, namespace } });
}

/** The API server applies roles a moment after they are written. */
async function controllerIsAllowed(plane: ControlPlane): Promise<void> {
  const lease = { namespace: PRODUCT, name: 'kube-egress-controller' };
  await until('the controller may read the cluster', () => mayList(plane, resources.networkPolicies));
  await until('the controller may run proxies', () => mayList(plane, resources.deployments, 'egress-proxy'));
  await until('the controller may have its Lease', () =>
    isAllowed(asController(plane).find(resources.leases, lease)),
  );
}
