import { createHash } from 'node:crypto';
import type { Clock, SubjectAccessReview, TokenReview } from '../../kube/index.ts';
import { type KubeClient, resources } from '../../kube/index.ts';

export type Access = 'granted' | 'unauthenticated' | 'forbidden';

/** What a caller has to be allowed: one verb on one object. */
export type Permission = NonNullable<SubjectAccessReview['spec']['resourceAttributes']>;

export interface AccessReviewOptions {
  client: Pick<KubeClient, 'create'>;
  permission: Permission;
  clock: Clock;
}

/** Milliseconds that an answer of the API server counts. */
const REMEMBERED = 30_000;
const CAPACITY = 256;

/** Asks the API server who a bearer token is and whether they may. Throws where it cannot be asked. */
export class AccessReview {
  readonly #options: AccessReviewOptions;
  readonly #known = new Map<string, { access: Access; until: number }>();

  constructor(options: AccessReviewOptions) {
    this.#options = options;
  }

  async review(token: string): Promise<Access> {
    const { clock } = this.#options;
    // The token itself is not kept.
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.#known.get(key);
    if (known !== undefined && known.until > clock.monotonic()) return known.access;
    const access = await this.#ask(token);
    this.#known.delete(key);
    this.#known.set(key, { access, until: clock.monotonic() + REMEMBERED });
    const [oldest] = this.#known.keys();
    if (this.#known.size > CAPACITY && oldest !== undefined) this.#known.delete(oldest);
    return access;
  }

  async #ask(token: string): Promise<Access> {
    const { client, permission } = this.#options;
    const review: TokenReview = await client.create(resources.tokenReviews, {
      metadata: { name: '' },
      spec: { token },
    });
    const user = review.status?.user;
    if (!review.status?.authenticated || user === undefined) return 'unauthenticated';
    const { username, ...identity } = user;
    const access: SubjectAccessReview = await client.create(resources.subjectAccessReviews, {
      metadata: { name: '' },
      spec: {
        ...identity,
        ...(username !== undefined && { user: username }),
        resourceAttributes: permission,
      },
    });
    return access.status?.allowed ? 'granted' : 'forbidden';
  }
}
