import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReview } from './admission-review.ts';
import { HttpError } from './http-errors.ts';

const request = {
  uid: 'u-1',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  namespace: 'my-app',
  operation: 'CREATE',
  object: { metadata: {} },
  oldObject: null,
};
const review = (over: object = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { ...request, ...over },
});

describe('parseReview', () => {
  it('takes what the API server sends', () => {
    expect(parseReview(review())).toMatchObject({ uid: 'u-1', oldObject: undefined, subResource: undefined });
  });

  const cases: { name: string; body: unknown; message: string }[] = [
    { name: 'no body', body: undefined, message: 'an object is expected' },
    { name: 'a list', body: [], message: 'an object is expected' },
    {
      name: 'an older version',
      body: { ...review(), apiVersion: 'admission.k8s.io/v1beta1' },
      message: 'apiVersion is "admission.k8s.io/v1beta1", kind is "AdmissionReview"',
    },
    {
      name: 'another kind',
      body: { kind: 'Pod', apiVersion: 'v1' },
      message: 'apiVersion is "v1", kind is "Pod"',
    },
    { name: 'no request', body: { ...review(), request: undefined }, message: 'request is missing' },
    { name: 'no uid', body: review({ uid: undefined }), message: "request's uid is missing" },
    { name: 'no kind', body: review({ kind: 'Pod' }), message: 'request.kind is missing' },
    {
      name: 'an operation that does not exist',
      body: review({ operation: 'PATCH' }),
      message: 'request.operation is "PATCH"',
    },
    { name: 'an object that is none', body: review({ object: 'x' }), message: 'request.object is "x"' },
    {
      name: 'a namespace that is none',
      body: review({ namespace: {} }),
      message: "request's namespace is {}",
    },
  ];
  it.each(cases)('refuses $name', ({ body, message }) => {
    expect(() => parseReview(body)).toThrow(message);
  });

  it('answers whatever comes with a request or an error of the table', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({
        apiVersion: fc.constant('admission.k8s.io/v1'),
        kind: fc.constant('AdmissionReview'),
        request: fc.jsonValue(),
      }),
    );
    fc.assert(
      fc.property(anything, (body) => {
        try {
          parseReview(body);
        } catch (error) {
          expect(error).toBeInstanceOf(HttpError);
        }
      }),
    );
  });
});
