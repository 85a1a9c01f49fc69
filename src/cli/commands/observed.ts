import type { EgressActivity } from '../../api/index.ts';
import { type ObservedTarget, observedTargets } from '../../rule-changes/index.ts';
import { type Flag, type Invocation, UsageError } from '../command-line/index.ts';
import { readDuration } from '../suggest/index.ts';

export const sinceFlag: Flag = {
  name: 'since',
  value: 'DURATION',
  about:
    'Only targets that were requested within it, such as 36h or 7d. Default: all that the EgressActivity has.',
};

/** The start of what counts, by --since; empty without the flag. */
export function sinceOf({ text, io }: Pick<Invocation, 'text' | 'io'>): string {
  const since = text('since');
  return since === undefined ? '' : new Date(io.now() - readDuration(since, '--since')).toISOString();
}

/** What the pods of a namespace requested, of its EgressActivity. Throws UsageError if there is none. */
export function readObserved(
  activity: EgressActivity | undefined,
  namespace: string,
  invocation: Pick<Invocation, 'text' | 'io'>,
): ObservedTarget[] {
  if (activity === undefined)
    throw new UsageError(
      `nothing was observed in namespace ${namespace}, which has not opted in: kubectl label namespace ${namespace} egress.zalando.org/mode=observe, and restart its pods`,
    );
  return observedTargets(activity.status?.targets ?? [], sinceOf(invocation));
}
