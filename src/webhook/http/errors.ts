import { createError, type FastifyError } from '@fastify/error';

/**
 * Every HTTP error of the webhook: code, message, status. `%s` takes what was received. A denied object is no HTTP
 * error: its answer has status 200 and `allowed: false`.
 */
export const httpErrors = {
  BODY_EMPTY: define('BODY_EMPTY', 'the body is empty: send an AdmissionReview as JSON', 400),
  BODY_NOT_JSON: define('BODY_NOT_JSON', 'the body is not JSON: send an AdmissionReview as JSON', 400),
  REVIEW_MALFORMED: define('REVIEW_MALFORMED', 'not an AdmissionReview of admission.k8s.io/v1: %s', 400),
  KIND_UNEXPECTED: define('KIND_UNEXPECTED', '%s: correct the rules of the webhook configuration', 400),
  ROUTE_UNKNOWN: define(
    'ROUTE_UNKNOWN',
    'no such path: %s; correct the path in the webhook configuration',
    404,
  ),
  REQUEST_MALFORMED: define('REQUEST_MALFORMED', '%s', 400),
  BODY_TOO_LARGE: define(
    'BODY_TOO_LARGE',
    'the body is larger than %s bytes, the most that the webhook reads',
    413,
  ),
  LENGTH_MISSING: define('LENGTH_MISSING', 'the request has no Content-Length: send one, and no chunks', 411),
  BODIES_TOO_MANY: define(
    'BODIES_TOO_MANY',
    'requests of %s with too many bytes are arriving: send fewer at the same time',
    429,
  ),
  MEDIA_TYPE_UNSUPPORTED: define(
    'MEDIA_TYPE_UNSUPPORTED',
    'the content type is %s: send application/json',
    415,
  ),
  INTERNAL: define('INTERNAL', 'the webhook failed to decide the request: see its log for reqId %s', 500),
};

export type HttpErrorCode = keyof typeof httpErrors;

/** An error of the table. */
export type HttpError = FastifyError & { code: HttpErrorCode };

export function isHttpError(error: FastifyError): error is HttpError {
  return Object.hasOwn(httpErrors, error.code);
}

function define<Code extends string>(code: Code, message: string, status: number) {
  return createError(code, message, status) as new (
    received?: string | number,
  ) => FastifyError & { code: Code };
}
