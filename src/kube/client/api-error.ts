/** The fields of a Kubernetes Status that are read here. */
export interface StatusBody {
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
}

/** An error response of the API server. A failed connection is an `UnreachableError`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' CamelCase reason, such as `NotFound`, `Conflict`, `Expired`; empty when the answer had none. */
  readonly reason: string;
  /** Method and URL path, without the query. */
  readonly request: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(request: string, status: number, body: string | StatusBody) {
    const parsed = typeof body === 'string' ? parseStatus(body) : body;
    const reason = parsed.reason ?? '';
    super(`${request}: ${status}${reason && ` ${reason}`}${parsed.message ? `: ${parsed.message}` : ''}`);
    this.status = status;
    this.reason = reason;
    this.request = request;
    this.retryAfterSeconds = parsed.details?.retryAfterSeconds;
  }
}

/** A request without a complete answer: refused, reset, timed out, truncated, or TLS not trusted. `cause` says which. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly request: string;

  constructor(request: string, cause: unknown) {
    super(`${request}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.request = request;
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'Conflict';
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'AlreadyExists';
/** Whether the API server does not take the request as it is, for example since it is older than what it is asked for. */
export const isInvalid = (error: unknown): boolean => error instanceof ApiError && error.reason === 'Invalid';
/** Whether the resourceVersion or the continue token is too old, so that the caller must list again. */
export const isExpired = (error: unknown): boolean => error instanceof ApiError && error.status === 410;

const SHOWN_CHARACTERS = 300;

/** Reads an error body. Proxies and aggregated servers send text or HTML instead of a Status. */
function parseStatus(body: string): StatusBody {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Not JSON: the text is the message.
  }
  return { message: body.trim().slice(0, SHOWN_CHARACTERS) };
}
