import type { ProxyAddress } from '../cluster/support/own-proxy.ts';

/** Where a fault is made: a namespace with a load pod, and the proxy that serves it. */
export interface FaultStage {
  namespace: string;
  proxy: ProxyAddress;
}

/** What a promise leaves open; everything else that `violationsOf` names breaks it. */
export interface Exceptions {
  /** Requests under way may end without an answer, or with an error of the proxy. None is decided wrongly. */
  unanswered?: true;
  /** Pods may be admitted without the variables. They are reported. */
  podsWithout?: true;
  /** The API server may reject or not take what is written. */
  notAdmitted?: true;
  /** Squid is killed: a refusal that it had just answered, one of each client, may lack its audit line (decision record 41). */
  unloggedRefusals?: true;
  /** Audit lines may be printed again (decision record 20). */
  repeatedLines?: true;
  /** The resolver lies: what is allowed is refused for its address. Nothing passes that no rule allows. */
  refusedByGuard?: true;
  /**
   * Squid's container is killed in one step, or the disk is lost: an answer of the last moment, one of each client, may lack its
   * audit line (docs/guide/audit.md).
   */
  lostLines?: true;
}

/** One row of the fault suite. */
export interface Fault {
  name: string;
  /** What users may rely on, beside what holds always. */
  promise: string;
  except: Exceptions;
  /** Part of CI. */
  short?: true;
  /** `full`: a proxy of its own with closed DNS and server names; otherwise the proxy that is installed. */
  stage?: 'full';
  /**
   * Makes the fault, and resolves when it has ended and what was taken away is there again. A text with which it resolves
   * is added to what was measured.
   */
  make(stage: FaultStage): Promise<unknown>;
  /** Milliseconds for all of it. Default: ten minutes. */
  limitMs?: number;
}
