import { HttpError } from './http-errors.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** The part of admission.k8s.io/v1 AdmissionRequest that is read here. Objects are as the API server sends them. */
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

const API_VERSION = 'admission.k8s.io/v1';
const operations: readonly string[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] satisfies Operation[];

/** The request of a review; throws REVIEW_MALFORMED with the first field that is not as it should be. */
export function parseReview(body: unknown): AdmissionRequest {
  if (!isRecord(body)) throw malformed('an object is expected');
  if (body['kind'] !== 'AdmissionReview' || body['apiVersion'] !== API_VERSION) {
    throw malformed(`apiVersion is ${show(body['apiVersion'])}, kind is ${show(body['kind'])}`);
  }
  const { request } = body;
  if (!isRecord(request)) throw malformed('request is missing');
  const { kind, operation } = request;
  if (!isRecord(kind)) throw malformed('request.kind is missing');
  if (typeof operation !== 'string' || !operations.includes(operation)) {
    throw malformed(`request.operation is ${show(operation)}`);
  }
  return {
    uid: text(request, 'uid'),
    kind: { group: String(kind['group'] ?? ''), version: text(kind, 'version'), kind: text(kind, 'kind') },
    subResource: optionalText(request, 'subResource'),
    name: optionalText(request, 'name'),
    namespace: optionalText(request, 'namespace'),
    operation: operation as Operation,
    object: optionalObject(request, 'object'),
    oldObject: optionalObject(request, 'oldObject'),
  };
}

type Fields = Record<string, unknown>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string' || value === '') throw malformed(`request's ${key} is ${show(value)}`);
  return value;
}

function optionalText(fields: Fields, key: string): string | undefined {
  const value = fields[key] ?? '';
  if (typeof value !== 'string') throw malformed(`request's ${key} is ${show(value)}`);
  return value === '' ? undefined : value;
}

function optionalObject(fields: Fields, key: string): object | undefined {
  const value = fields[key] ?? undefined;
  if (value !== undefined && !isRecord(value)) throw malformed(`request.${key} is ${show(value)}`);
  return value;
}

const SHOWN_CHARACTERS = 60;

function show(value: unknown): string {
  return value === undefined
    ? 'missing'
    : (JSON.stringify(value)?.slice(0, SHOWN_CHARACTERS) ?? typeof value);
}

function malformed(detail: string): HttpError {
  return new HttpError('REVIEW_MALFORMED', detail);
}
