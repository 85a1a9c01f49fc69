import type { AccessReview } from '../../kube/index.ts';
import type { Gate, Viewer } from './viewer.ts';

/** Questions to the API server on behalf of people who are not known yet that may be under way at once. */
const UNKNOWN_AT_ONCE = 32;

/**
 * In the cluster: viewers show a token of their own, and the API server says who they are and what they may. A
 * port-forward carries no identity, so that reaching the page proves nothing.
 */
export class TokenGate implements Gate {
  readonly #reviews: AccessReview;
  #asking = 0;

  constructor(reviews: AccessReview) {
    this.#reviews = reviews;
  }

  async admit(token: string): Promise<Viewer | undefined> {
    if (this.#asking >= UNKNOWN_AT_ONCE) throw new Error('too many callers are being reviewed');
    this.#asking += 1;
    try {
      const identity = await this.#reviews.identify(token);
      if (identity === undefined) return undefined;
      return {
        name: identity.username ?? 'unknown',
        may: (permission) => this.#reviews.may(identity, permission),
      };
    } finally {
      this.#asking -= 1;
    }
  }
}
