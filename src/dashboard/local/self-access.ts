import {
  findUserName,
  type KubeClient,
  type Permission,
  ReviewCache,
  resources,
  type SelfSubjectAccessReview,
} from '../../kube/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Viewer } from '../access/index.ts';

/** Cached answers. */
const PERMISSIONS = 16_384;

/** Asks the API server for the user of the kubeconfig and for the user's permissions. */
export async function findSelf(client: Pick<KubeClient, 'create' | 'patch'>, clock: Clock): Promise<Viewer> {
  const name = await findUserName(client);
  const permissions = new ReviewCache<boolean>(clock, PERMISSIONS);
  const review = async (permission: Permission): Promise<boolean> => {
    const answer: SelfSubjectAccessReview = await client.create(resources.selfSubjectAccessReviews, {
      metadata: { name: '' },
      spec: { resourceAttributes: permission },
    });
    return answer.status?.allowed ?? false;
  };
  return {
    name: name ?? 'you',
    withOwnRights: (work) => work(client),
    may: (permission) => permissions.get(JSON.stringify(permission), () => review(permission)),
  };
}
