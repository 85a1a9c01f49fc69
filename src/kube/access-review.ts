import { createHash } from 'node:crypto';
import { remember } from '../bounded/index.ts';
import type { Clock } from '../time/index.ts';
import type { KubeClient } from './client/client.ts';
import { resources, type SubjectAccessReview, type TokenReview } from './resources.ts';

/** User that a token belongs to, as the API server reports it. */
export type Identity = NonNullable<NonNullable<TokenReview['status']>['user']>;

/** One verb on one resource. */
export type Permission = NonNullable<SubjectAccessReview['spec']['resourceAttributes']>;

export interface AccessReviewerOptions {
  client: Pick<KubeClient, 'create'>;
  clock: Clock;
}

/** Milliseconds for which an answer of the API server is cached. */
const CACHED = 30_000;
/** Cached answers. */
const TOKENS = 256;
/** Cached answers. */
const PERMISSIONS = 16_384;

/**
 * Authenticates bearer tokens (TokenReview; a token for another audience is invalid) and checks permissions
 * (SubjectAccessReview). Answers are cached for 30 s, and concurrent calls share one request. Throws if the API server
 * cannot be reached.
 */
export class AccessReviewer {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #tokens: ReviewCache<Identity | undefined>;
  readonly #permissions: ReviewCache<boolean>;

  constructor({ client, clock }: AccessReviewerOptions) {
    this.#client = client;
    this.#tokens = new ReviewCache(clock, TOKENS);
    this.#permissions = new ReviewCache(clock, PERMISSIONS);
  }

  /** Undefined if the API server rejects the token. */
  identify(token: string): Promise<Identity | undefined> {
    // The cache holds a hash, never the token.
    const key = createHash('sha256').update(token).digest('base64');
    return this.#tokens.get(key, async () => {
      const review: TokenReview = await this.#client.create(resources.tokenReviews, {
        metadata: { name: '' },
        spec: { token },
      });
      return review.status?.authenticated ? review.status.user : undefined;
    });
  }

  may(identity: Identity, permission: Permission): Promise<boolean> {
    const key = JSON.stringify([identity, permission]);
    return this.#permissions.get(key, async () => {
      const { username, ...others } = identity;
      const review: SubjectAccessReview = await this.#client.create(resources.subjectAccessReviews, {
        metadata: { name: '' },
        spec: {
          ...others,
          ...(username !== undefined && { user: username }),
          resourceAttributes: permission,
        },
      });
      return review.status?.allowed ?? false;
    });
  }
}

/** Cache of reviews for 30 s; at its capacity the oldest is dropped. A failed review is not cached. */
export class ReviewCache<T> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #cached = new Map<string, { answer: Promise<T>; until: number }>();

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  get(key: string, review: () => Promise<T>): Promise<T> {
    const cached = this.#cached.get(key);
    if (cached !== undefined && cached.until > this.#clock.monotonic()) return cached.answer;
    const fresh = { answer: review(), until: this.#clock.monotonic() + CACHED };
    remember(this.#cached, key, fresh, this.#capacity);
    fresh.answer.catch(() => {
      if (this.#cached.get(key) === fresh) this.#cached.delete(key);
    });
    return fresh.answer;
  }
}
