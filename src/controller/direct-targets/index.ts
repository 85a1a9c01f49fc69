/** Direct targets: what may go past the proxy, within the operator's ceiling, and the names behind it. */
export { type FamilyAnswer, type KnownName, learnAnswers, rememberAddresses } from './follow-name.ts';
export { reconcileDirectTargets } from './reconcile-direct-targets.ts';
export { nameResolver, type ResolveName } from './resolve-name.ts';
