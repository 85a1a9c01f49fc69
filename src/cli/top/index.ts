/** Who requests most, and what. Pure. */
export { type Order, type Ranked, rankActivity, type Subject } from './rank-activity.ts';
