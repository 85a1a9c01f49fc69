import { createHash, timingSafeEqual } from 'node:crypto';
import type { Gate, Viewer } from './viewer.ts';

/**
 * On the viewer's machine: whoever has the secret of this start, which stands behind the `#` of the address that was
 * printed, looks with the rights of the kubeconfig. Another user of the machine, or a page of another site, has it not.
 */
export class SecretGate implements Gate {
  readonly #secret: Buffer;
  readonly #viewer: Viewer;

  constructor(secret: string, viewer: Viewer) {
    this.#secret = digest(secret);
    this.#viewer = viewer;
  }

  async admit(token: string): Promise<Viewer | undefined> {
    return timingSafeEqual(digest(token), this.#secret) ? this.#viewer : undefined;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
