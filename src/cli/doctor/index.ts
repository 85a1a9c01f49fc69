/** What is wrong with a cluster before an install, and with an installation. Pure. */
export { ownKinds, podServices } from './check-installation.ts';
export type { Admission, ClusterFacts, DaemonSet, NamespaceFacts } from './facts.ts';
export { type Finding, findingCodes } from './finding.ts';
export { type CheckResult, checkNamespace, runChecks } from './run-checks.ts';
