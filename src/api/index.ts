/** The kinds with their schemas and types, and the labels and reasons that all components share. */
export * from './agent-api.ts';
export * from './audit-record.ts';
export * from './client-dns.ts';
export * from './cluster-egress-rule-set.ts';
export * from './desired-object.ts';
export * from './egress-activity.ts';
export * from './egress-proxy/index.ts';
export * from './egress-request.ts';
export * from './egress-rule-set.ts';
export * from './egress-target-group.ts';
export * from './installed-names.ts';
export * from './labels.ts';
export * from './reasons.ts';
export type { RequestLimits } from './request-limits.ts';
export * from './schema.ts';
