import { createHash, timingSafeEqual } from 'node:crypto';
import type { AccessReviewer, KubeClient, Permission } from '../../kube/index.ts';

/** A person or program that requests data, with its permissions. */
export interface Viewer {
  name: string;
  may(permission: Permission): Promise<boolean>;
  /** Works with the rights of the viewer, and with no right of the dashboard. */
  withOwnRights<T>(work: (client: OwnClient) => Promise<T>): Promise<T>;
}

/** What the dashboard does with the rights of a viewer. */
export type OwnClient = Pick<KubeClient, 'patch'>;

/** Works with a client that presents the token to the API server. */
export type WithToken = <T>(token: string, work: (client: OwnClient) => Promise<T>) => Promise<T>;

/** Identifies the viewer by the bearer token of a request. Throws if the identity cannot be checked now. */
export interface Authenticator {
  /** Undefined if the token is invalid. */
  authenticate(token: string): Promise<Viewer | undefined>;
}

/** Limit of concurrent token reviews. */
const CONCURRENT_REVIEWS = 32;

/**
 * For the dashboard in the cluster: the API server identifies the viewer's own token and decides what the viewer may
 * see. A port-forward carries no identity, so access to the port proves nothing.
 */
export class TokenAuthenticator implements Authenticator {
  readonly #reviewer: AccessReviewer;
  readonly #withToken: WithToken;
  #running = 0;

  constructor(reviewer: AccessReviewer, withToken: WithToken) {
    this.#reviewer = reviewer;
    this.#withToken = withToken;
  }

  async authenticate(token: string): Promise<Viewer | undefined> {
    if (this.#running >= CONCURRENT_REVIEWS) throw new Error('too many tokens are being reviewed');
    this.#running += 1;
    try {
      const identity = await this.#reviewer.identify(token);
      if (identity === undefined) return undefined;
      return {
        name: identity.username ?? 'unknown',
        may: (permission) => this.#reviewer.may(identity, permission),
        withOwnRights: (work) => this.#withToken(token, work),
      };
    } finally {
      this.#running -= 1;
    }
  }
}

/**
 * For the dashboard on the viewer's machine: the token is a secret of this start, printed after the `#` of the URL. Other
 * users of the machine, and pages of other sites, do not have it. The permissions are those of the kubeconfig.
 */
export class SecretAuthenticator implements Authenticator {
  readonly #secret: Buffer;
  readonly #viewer: Viewer;

  constructor(secret: string, viewer: Viewer) {
    this.#secret = digest(secret);
    this.#viewer = viewer;
  }

  async authenticate(token: string): Promise<Viewer | undefined> {
    return timingSafeEqual(digest(token), this.#secret) ? this.#viewer : undefined;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
