import type { Permission } from '../../kube/index.ts';

/** Somebody who looks at the page. */
export interface Viewer {
  name: string;
  may(permission: Permission): Promise<boolean>;
}

/** Who asks, by what stands behind `Authorization: Bearer`. Throws where that cannot be found out now. */
export interface Gate {
  /** Undefined: nobody. */
  admit(token: string): Promise<Viewer | undefined>;
}
