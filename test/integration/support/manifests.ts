import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { KubeClient, KubeObject } from '../../../src/kube/index.ts';

const manifests = new URL('../../../manifests/base/', import.meta.url);

/** The objects of a folder of manifests/base. */
export async function readManifests(folder: string): Promise<KubeObject[]> {
  const dir = new URL(`${folder}/`, manifests);
  const files = (await readdir(dir)).filter(
    (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml',
  );
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, dir), 'utf8')));
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as KubeObject));
}

export async function applyManifest(client: KubeClient, object: KubeObject): Promise<void> {
  await client.apply(object, { fieldManager: 'kubectl', force: true });
}

/** A webhook configuration that lets requests pass while no webhook answers. */
export function ignoringFailures(object: KubeObject): KubeObject {
  const { webhooks } = object as { webhooks?: object[] };
  if (webhooks === undefined) return object;
  const ignoring = webhooks.map((webhook) => ({ ...webhook, failurePolicy: 'Ignore' }));
  return { ...object, webhooks: ignoring } as KubeObject;
}
