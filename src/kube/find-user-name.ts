import type { KubeClient } from './client/client.ts';
import { resources, type SelfSubjectReview } from './resources.ts';

/** The name by which the API server knows the client's user. */
export async function findUserName(client: Pick<KubeClient, 'create'>): Promise<string | undefined> {
  const self: SelfSubjectReview = await client.create(resources.selfSubjectReviews, {
    metadata: { name: '' },
  });
  return self.status?.userInfo?.username;
}
