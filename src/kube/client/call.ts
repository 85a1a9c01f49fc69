import type { KubeObject } from '../object.ts';
import type { Method, Query } from './transport.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call; default 15,000, for a page of a list 60,000. */
  timeoutMs?: number | undefined;
}

export interface Selection {
  namespace?: string | undefined;
  /** kubectl's syntax: `app=squid,tier!=test`. */
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

export interface Page<T> {
  items: T[];
  /** A watch continues from here. Equal for all pages of one list. */
  resourceVersion: string;
}

export interface WatchOptions extends Selection, Pick<CallOptions, 'signal'> {
  /**
   * Only changes after it. Undefined: the objects that exist come first, as ADDED, and a bookmark that `endsInitialEvents`;
   * they are as new as those of a list.
   */
  resourceVersion: string | undefined;
  /** Seconds after which the server ends the watch. */
  timeoutSeconds: number;
  /** Milliseconds of silence after which the client ends the watch, since the connection may be half-open. */
  idleTimeoutMs: number;
  /** Called after the server has accepted the watch. */
  onOpen?: () => void;
}

export interface LogOptions extends Pick<CallOptions, 'signal'> {
  container: string;
  follow?: boolean;
  /** RFC 3339; the API server rounds it down to the second. */
  sinceTime?: string | undefined;
  /** The log of the container that ran before the last restart. */
  previous?: boolean;
  /** Milliseconds of silence after which the client ends the log, since the connection may be half-open. */
  idleTimeoutMs?: number;
}

export interface ApplyOptions extends CallOptions {
  fieldManager: string;
  /** Takes over fields that another manager owns. */
  force?: boolean;
  dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Deletes the object only if these still match. */
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

/** A JSON merge patch (an object) or a JSON patch (a list of operations). */
export type Patch = object | readonly { op: string; path: string; value?: unknown }[];

export interface RawOptions extends CallOptions {
  method?: Method;
  query?: Query;
  contentType?: string;
  body?: unknown;
}

/** An object to write; the resource supplies apiVersion and kind. */
export type WritableObject<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind'> &
  Partial<Pick<T, 'apiVersion' | 'kind'>>;
