import type { FastifySchemaValidationError } from 'fastify';
import { httpErrors } from './errors.ts';

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
export type Operation = (typeof operations)[number];

/** The fields of an AdmissionRequest of admission.k8s.io/v1 that handlers read. Objects are as the API server sends them. */
export interface AdmissionRequest {
  uid: string;
  kind: { group: string; version: string; kind: string };
  subResource: string | undefined;
  name: string | undefined;
  namespace: string | undefined;
  operation: Operation;
  object: object | undefined;
  oldObject: object | undefined;
}

const text = { type: 'string', minLength: 1 } as const;
const optionalText = { type: 'string', nullable: true } as const;
const optionalObject = { type: 'object', nullable: true } as const;

/** The JSON schema of what `readRequest` reads. */
export const reviewSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'request'],
  properties: {
    apiVersion: { const: 'admission.k8s.io/v1' },
    kind: { const: 'AdmissionReview' },
    request: {
      type: 'object',
      required: ['uid', 'kind', 'operation'],
      properties: {
        uid: text,
        kind: {
          type: 'object',
          required: ['version', 'kind'],
          properties: { group: optionalText, version: text, kind: text },
        },
        operation: { enum: operations },
        subResource: optionalText,
        name: optionalText,
        namespace: optionalText,
        object: optionalObject,
        oldObject: optionalObject,
      },
    },
  },
} as const;

/** A body that satisfies `reviewSchema`. */
export interface AdmissionReview {
  request: {
    uid: string;
    kind: { group?: string | null; version: string; kind: string };
    operation: Operation;
    subResource?: string | null;
    name?: string | null;
    namespace?: string | null;
    object?: object | null;
    oldObject?: object | null;
  };
}

/** The request of a review. The API server sends null and '' for what is absent. */
export function readRequest({ request }: AdmissionReview): AdmissionRequest {
  const { uid, kind, operation } = request;
  return {
    uid,
    kind: { group: kind.group ?? '', version: kind.version, kind: kind.kind },
    subResource: request.subResource || undefined,
    name: request.name || undefined,
    namespace: request.namespace || undefined,
    operation,
    object: request.object ?? undefined,
    oldObject: request.oldObject ?? undefined,
  };
}

/** With Ajv's option `verbose`: the value that was found. */
type Fault = FastifySchemaValidationError & { data?: unknown };

/** The REVIEW_MALFORMED error that names the first wrong field, its value, and what is expected. */
export function malformedReview([fault]: readonly Fault[]): Error {
  return new httpErrors.REVIEW_MALFORMED(fault === undefined ? 'unknown fault' : describe(fault));
}

function describe({ instancePath, keyword, params, message = '', data }: Fault): string {
  const field = instancePath.slice(1).replaceAll('/', '.');
  const { missingProperty, allowedValue, allowedValues } = params as Record<string, unknown>;
  if (missingProperty !== undefined) return `${field === '' ? '' : `${field}.`}${missingProperty} is missing`;
  const expected =
    keyword === 'const'
      ? `expected ${JSON.stringify(allowedValue)}`
      : keyword === 'enum'
        ? `expected one of ${(allowedValues as string[]).join(', ')}`
        : message;
  return `${field === '' ? 'the body' : field} is ${show(data)}: ${expected}`;
}

const SHOWN_CHARACTERS = 60;

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, SHOWN_CHARACTERS) ?? 'missing';
}
