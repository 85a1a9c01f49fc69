/** Targets, as rules write them, and destinations, as clients ask for them. */
export { covers } from './covers.ts';
export {
  type Destination,
  formatDestination,
  type ParsedDestination,
  parseDestination,
} from './destination.ts';
export { readHost } from './host-name.ts';
export { type ClusterNames, type InClusterName, inClusterName } from './in-cluster-name.ts';
export { patternCovers, patternSuffix } from './label-pattern.ts';
export { type ParsedTarget, parseInAdvance, parseTarget } from './parse-target.ts';
export { isPublicSuffix } from './public-suffix.ts';
export { sharedBelow } from './shared-below.ts';
export { formatTarget, isWildcard, type Target } from './target.ts';
export { TargetIndex } from './target-index.ts';
export { isPort } from './target-port.ts';
export { refusalOfUnnamed, unnamed } from './unnamed-destination.ts';
