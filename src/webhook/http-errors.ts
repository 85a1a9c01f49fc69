/**
 * Every HTTP error that the webhook answers with: code, status, template. `%s` takes what was met. A refused object
 * is no HTTP error: it is an answer with `allowed: false`.
 */
export const httpErrors = {
  BODY_EMPTY: [400, 'the body is empty: send an AdmissionReview as JSON'],
  BODY_NOT_JSON: [400, 'the body is not JSON (%s): send an AdmissionReview as JSON'],
  REVIEW_MALFORMED: [400, 'not an AdmissionReview of admission.k8s.io/v1: %s'],
  KIND_UNEXPECTED: [400, '%s: correct the rules of the webhook configuration'],
  ROUTE_UNKNOWN: [404, 'no such path: %s'],
  REQUEST_MALFORMED: [400, '%s'],
  BODY_TOO_LARGE: [413, 'the body is larger than %s bytes'],
  MEDIA_TYPE_UNSUPPORTED: [415, 'the content type is %s: send application/json'],
  INTERNAL: [500, 'the webhook failed to judge the request; its log has the cause under reqId %s'],
} as const satisfies Record<string, readonly [status: number, template: string]>;

export type HttpErrorCode = keyof typeof httpErrors;

/** An error of the table. The message has its place filled in. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;
  readonly status: number;

  constructor(code: HttpErrorCode, detail = '', options?: ErrorOptions) {
    const [status, template] = httpErrors[code];
    super(
      template.replace('%s', () => detail),
      options,
    );
    this.code = code;
    this.status = status;
  }
}
