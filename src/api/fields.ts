import { Type } from './schema.ts';

/** A TCP or UDP port. */
export const port = (options: Record<string, unknown> = {}) =>
  Type.Integer({ minimum: 1, maximum: 65535, ...options });

/** An optional list of CIDR ranges. 49 characters: the longest IPv6 literal with its prefix. */
export const cidrList = (description: string) =>
  Type.Optional(Type.Array(Type.String({ maxLength: 49 }), { maxItems: 1000, description }));

/** An optional Kubernetes quantity of bytes, such as 64Mi. */
export const quantity = (description: string, fallback: string) =>
  Type.Optional(Type.String({ default: fallback, description }));

/** A key of a Secret or ConfigMap in the namespace of the EgressProxy. */
export const KeyRef = Type.Object({
  name: Type.String({ description: 'The name of the object, in the namespace of the EgressProxy.' }),
  key: Type.Optional(Type.String({ description: 'The key in its data. Default: ca.crt.' })),
});

/** How a Service is exposed. */
export const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;
