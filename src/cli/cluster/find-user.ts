import { type KubeClient, resources, type SelfSubjectReview } from '../../kube/index.ts';

/** The name by which the API server knows the user. */
export async function findUserName(client: KubeClient): Promise<string> {
  const self: SelfSubjectReview = await client.create(resources.selfSubjectReviews, {
    metadata: { name: '' },
  });
  return self.status?.userInfo?.username ?? '';
}
