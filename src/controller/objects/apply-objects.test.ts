import { describe, expect, test } from 'vitest';
import { label, MANAGER } from '../../api/index.ts';
import type { KubeClient, KubeObject } from '../../kube/index.ts';
import { applyObjects } from './apply-objects.ts';
import { planObjects } from './plan-objects.ts';

const policy = (labels: Record<string, string>): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'enforce', namespace: 'my-app', labels },
});
const wanted = policy({ [label.managedBy]: MANAGER });

/** What comes of a policy that the cache does not know, where the API server has this one. */
async function applyUnseen(there: KubeObject | undefined) {
  const forced: boolean[] = [];
  const client = {
    find: async () => there,
    apply: async (object: KubeObject, { force }: { force: boolean }) => {
      forced.push(force);
      return object;
    },
  } as unknown as KubeClient;
  const actions = planObjects({ desired: [wanted], observed: new Map(), owned: [] });
  const { conflicts } = await applyObjects(client, actions, new AbortController().signal);
  return { conflicts, forced };
}

describe('applyObjects', () => {
  test('creates missing objects, and does not take over one that appears in between', async () => {
    expect(await applyUnseen(undefined)).toEqual({ conflicts: [], forced: [false] });
  });

  test('does not change a foreign object that the cache does not have yet', async () => {
    const theirs = policy({});
    expect(await applyUnseen(theirs)).toEqual({ conflicts: [theirs], forced: [] });
  });

  test('applies an object of ours that the cache does not have yet', async () => {
    expect(await applyUnseen(wanted)).toEqual({ conflicts: [], forced: [true] });
  });
});
