import { AccessReviewer, type AccessReviewerOptions, type Permission } from '../../kube/index.ts';

export type Access = 'granted' | 'unauthenticated' | 'forbidden';

export interface CallerReviewOptions extends AccessReviewerOptions {
  permission: Permission;
}

/** Reviews whether the caller with a bearer token has one permission. */
export class CallerReview {
  readonly #reviewer: AccessReviewer;
  readonly #permission: Permission;

  constructor({ permission, ...options }: CallerReviewOptions) {
    this.#reviewer = new AccessReviewer(options);
    this.#permission = permission;
  }

  /** Rejects if the API server cannot be asked. */
  async review(token: string): Promise<Access> {
    const identity = await this.#reviewer.identify(token);
    if (identity === undefined) return 'unauthenticated';
    return (await this.#reviewer.may(identity, this.#permission)) ? 'granted' : 'forbidden';
  }
}
