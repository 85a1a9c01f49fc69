import type { EgressRuleSet } from '../../api/index.ts';
import { type KubeClient, type KubeObject, pathOf, type Resource } from '../../kube/index.ts';
import { exit, type Invocation } from '../command-line/index.ts';
import { show } from '../output/index.ts';
import { noteRefused } from './note-refused.ts';

export interface NewException<T extends KubeObject> {
  resource: Resource<T>;
  object: T;
  /** What decides by it, now or after an approval. */
  ruleSet: EgressRuleSet;
  describe: (created: T, dryRun: boolean) => string;
}

/** Creates and shows the object of an exception, unless its targets would be refused; then it says why. */
export async function createException<T extends KubeObject>(
  invocation: Invocation,
  client: KubeClient,
  { resource, object, ruleSet, describe }: NewException<T>,
): Promise<number> {
  if (await noteRefused(ruleSet, client, invocation.io)) return exit.no;
  const dryRun = invocation.has('dry-run');
  const { namespace } = object.metadata;
  const created = await client.raw<T>(pathOf(resource, { namespace }), {
    method: 'POST',
    body: object,
    query: { dryRun: dryRun ? 'All' : undefined, fieldManager: 'kubectl-egress' },
  });
  show(invocation, {
    value: created,
    names: [`${resource.kind.toLowerCase()}.zalando.org/${created.metadata.name}`],
    text: () => describe(created, dryRun),
  });
  return exit.ok;
}
