/** Why a request was or would be refused. Pure. */
export { type ExplainedTarget, explainTarget, refusedTarget } from './explain-target.ts';
