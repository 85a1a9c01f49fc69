/** Compares desired with observed objects: what to apply, what to delete, what is a conflict. */
export {
  type AppliedObjects,
  applyObjects,
  describeConflicts,
  describeFailures,
  isForbidden,
  throwFailures,
} from './apply-objects.ts';
export { type ForeignField, withoutForeignFields } from './foreign-fields.ts';
export { ownedFields } from './owned-fields.ts';
export { idOf, isConverged, isOurs, type ObjectAction, type ObjectId, planObjects } from './plan-objects.ts';
export { sameContent } from './same-content.ts';
export { writeStatus } from './write-status.ts';
