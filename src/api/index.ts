/** The four kinds, their types and schemas, and the words (labels, reasons) that every part shares. */
export * from './agent-api.ts';
export * from './audit-record.ts';
export * from './cluster-egress-rule-set.ts';
export * from './desired-object.ts';
export * from './egress-activity.ts';
export * from './egress-proxy.ts';
export * from './egress-rule-set.ts';
export * from './labels.ts';
export * from './reasons.ts';
export * from './schema.ts';
