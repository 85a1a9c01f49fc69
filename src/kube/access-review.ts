import { createHash } from 'node:crypto';
import type { Clock } from '../time/index.ts';
import type { KubeClient } from './client/client.ts';
import { resources, type SubjectAccessReview, type TokenReview } from './resources.ts';

/** Who a token belongs to, as the API server says. */
export type Identity = NonNullable<NonNullable<TokenReview['status']>['user']>;

/** What somebody has to be allowed: one verb on one resource. */
export type Permission = NonNullable<SubjectAccessReview['spec']['resourceAttributes']>;

export interface AccessReviewOptions {
  client: Pick<KubeClient, 'create'>;
  clock: Clock;
}

/** Milliseconds that an answer of the API server counts. */
const REMEMBERED = 30_000;
const TOKENS = 256;
const PERMISSIONS = 16_384;

/**
 * Asks the API server who a bearer token is (one for another audience is nobody) and what they may. Answers are
 * remembered for half a minute; a question that is under way is not asked twice. Throws where it cannot be asked.
 */
export class AccessReview {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #tokens: Remembered<Identity | undefined>;
  readonly #permissions: Remembered<boolean>;

  constructor({ client, clock }: AccessReviewOptions) {
    this.#client = client;
    this.#tokens = new Remembered(clock, TOKENS);
    this.#permissions = new Remembered(clock, PERMISSIONS);
  }

  /** Undefined: the API server knows nobody by this token. */
  identify(token: string): Promise<Identity | undefined> {
    // The token itself is not kept.
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

/** Answers by key, the oldest forgotten first. A failure is not remembered. */
export class Remembered<T> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #known = new Map<string, { answer: Promise<T>; until: number }>();

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.answer;
    const asked = { answer: ask(), until: this.#clock.monotonic() + REMEMBERED };
    this.#known.delete(key);
    this.#known.set(key, asked);
    asked.answer.catch(() => {
      if (this.#known.get(key) === asked) this.#known.delete(key);
    });
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#capacity && oldest !== undefined) this.#known.delete(oldest);
    return asked.answer;
  }
}
