import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { type CustomResourceDefinition, type KubeClient, resources } from '../../../src/kube/index.ts';

const FOLDER = join(import.meta.dirname, '../../../manifests/base/crds');

/** Installs the product's CustomResourceDefinitions and waits until the API server serves them. */
export async function installCrds(client: KubeClient): Promise<void> {
  const files = (await readdir(FOLDER)).filter(
    (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml',
  );
  for (const file of files) {
    const crd = parse(await readFile(join(FOLDER, file), 'utf8')) as CustomResourceDefinition;
    await client.apply(crd, { fieldManager: 'test', force: true });
    await untilEstablished(client, crd.metadata.name);
  }
}

async function untilEstablished(client: KubeClient, name: string): Promise<void> {
  for (;;) {
    const { status } = await client.get(resources.customResourceDefinitions, { name });
    if (
      status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True')
    )
      return;
    await pause(20);
  }
}
