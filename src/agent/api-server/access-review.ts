import type { Permission } from '../../kube/index.ts';
import { AccessReviewer as Reviews, type AccessReviewerOptions as ReviewsOptions } from '../../kube/index.ts';

export type Access = 'granted' | 'unauthenticated' | 'forbidden';

export interface AccessReviewOptions extends ReviewsOptions {
  permission: Permission;
}

/** Whether the holder of a bearer token may do the one thing that is asked for here. */
export class AccessReview {
  readonly #reviews: Reviews;
  readonly #permission: Permission;

  constructor({ permission, ...options }: AccessReviewOptions) {
    this.#reviews = new Reviews(options);
    this.#permission = permission;
  }

  async review(token: string): Promise<Access> {
    const identity = await this.#reviews.identify(token);
    if (identity === undefined) return 'unauthenticated';
    return (await this.#reviews.may(identity, this.#permission)) ? 'granted' : 'forbidden';
  }
}
