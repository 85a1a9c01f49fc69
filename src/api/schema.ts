/**
 * The API's one source: a TypeBox schema gives the TypeScript type (`Static`) and, through `scripts/build/generate`,
 * the CRD's OpenAPI schema. Structural schemas have no `const`, `$ref` or `anyOf` of literals, so that enums are
 * written with `Choice`.
 */
import { type Static, type TSchema, Type } from 'typebox';

export { type Static, type TSchema, Type };

/** A string of a fixed list: an `enum` in the CRD, a union of literals in TypeScript. */
export function Choice<const T extends readonly string[]>(values: T, options: Record<string, unknown> = {}) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/** A map from string to string, such as labels. */
export const StringMap = Type.Unsafe<Record<string, string>>({
  type: 'object',
  additionalProperties: { type: 'string' },
});

/** An object that Kubernetes defines and that the API server validates when it is used (resources, tolerations). */
export function Opaque<T>(description: string) {
  return Type.Unsafe<T>({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description });
}

/** Kubernetes' LabelSelector; absent or empty selects everything. */
export const LabelSelector = Type.Object(
  {
    matchLabels: Type.Optional(StringMap),
    matchExpressions: Type.Optional(
      Type.Array(
        Type.Object({
          key: Type.String(),
          operator: Choice(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: Type.Optional(Type.Array(Type.String())),
        }),
      ),
    ),
  },
  { description: "Kubernetes' label selector; absent or empty selects everything." },
);
export type LabelSelector = Static<typeof LabelSelector>;

/** One condition, with the observedGeneration that `kubectl wait` compares. */
export const Condition = Type.Object({
  type: Type.String(),
  status: Choice(['True', 'False', 'Unknown']),
  reason: Type.String(),
  message: Type.String(),
  lastTransitionTime: Type.String({ format: 'date-time' }),
  observedGeneration: Type.Optional(Type.Integer()),
});
export type Condition = Static<typeof Condition>;

export const Conditions = Type.Array(Condition, {
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
});

/** Metadata of any object that this code reads. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** The source of one CustomResourceDefinition. */
export interface ResourceKind {
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  scope: 'Namespaced' | 'Cluster';
  description: string;
  spec: TSchema | undefined;
  /** Undefined for a kind without a status. */
  status: TSchema | undefined;
  printerColumns: { name: string; type: string; jsonPath: string; priority?: number; description?: string }[];
}

export const GROUP = 'zalando.org';
export const VERSION = 'v1';
export const API_VERSION = `${GROUP}/${VERSION}`;
