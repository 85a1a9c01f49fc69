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
  /** Where a watch goes on. Equal for all pages of one list. */
  resourceVersion: string;
}

export interface WatchOptions extends Selection, Pick<CallOptions, 'signal'> {
  resourceVersion: string;
  /** The server ends the watch after this. */
  timeoutSeconds: number;
  /** A silence that ends the watch from this side: the connection may be half-open. */
  idleTimeoutMs: number;
  /** Called when the server has accepted the watch. */
  onOpen?: () => void;
}

export interface ApplyOptions extends CallOptions {
  fieldManager: string;
  /** Take fields over that another manager owns. */
  force?: boolean;
  dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Delete only the object that was looked at. */
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

/** An object to be written: its type is known from the resource. */
export type Unserved<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind'> &
  Partial<Pick<T, 'apiVersion' | 'kind'>>;
