/** What there should be against what there is: apply, delete, conflict. */
export {
  type AppliedObjects,
  applyObjects,
  describeFailures,
  isForbidden,
  throwFailures,
} from './apply-objects.ts';
export { idOf, isConverged, isOurs, type ObjectAction, type ObjectId, planObjects } from './plan-objects.ts';
export { sameContent } from './same-content.ts';
export { writeStatus } from './write-status.ts';
