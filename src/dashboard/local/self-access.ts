import {
  type KubeClient,
  type Permission,
  Remembered,
  resources,
  type SelfSubjectAccessReview,
  type SelfSubjectReview,
} from '../../kube/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Viewer } from '../access/index.ts';

const PERMISSIONS = 16_384;

/** The owner of the kubeconfig, and what the API server lets them do. */
export async function findSelf(client: Pick<KubeClient, 'create'>, clock: Clock): Promise<Viewer> {
  const review: SelfSubjectReview = await client.create(resources.selfSubjectReviews, {
    metadata: { name: '' },
  });
  const known = new Remembered<boolean>(clock, PERMISSIONS);
  const ask = async (permission: Permission): Promise<boolean> => {
    const answer: SelfSubjectAccessReview = await client.create(resources.selfSubjectAccessReviews, {
      metadata: { name: '' },
      spec: { resourceAttributes: permission },
    });
    return answer.status?.allowed ?? false;
  };
  return {
    name: review.status?.userInfo?.username ?? 'you',
    may: (permission) => known.get(JSON.stringify(permission), () => ask(permission)),
  };
}
