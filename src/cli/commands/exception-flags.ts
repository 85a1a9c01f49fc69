import type { ExceptionRequest } from '../allow/index.ts';
import { type Flag, type Invocation, UsageError } from '../command-line/index.ts';
import { outputFlag } from '../output/index.ts';

/** The flags of the commands that allow targets for a while, or ask for that. */
export const exceptionFlags = (object: string): Flag[] => [
  { name: 'for', value: 'DURATION', about: 'For how long, such as 90m, 2h or 7d.' },
  { name: 'reason', value: 'TEXT', about: `Why, for those who read the ${object} later.` },
  { name: 'selector', short: 'l', value: 'SELECTOR', about: 'Only for these pods. Default: all of them.' },
  {
    name: 'name',
    value: 'NAME',
    about: `The name of the ${object}. Default: from the first target and the time.`,
  },
  { name: 'dry-run', about: 'The API server and the webhook validate it, and nothing is stored.' },
  { ...outputFlag, choices: ['yaml', 'json', 'name'] },
];

/** What the arguments and flags ask for. Throws UsageError for what is missing. */
export function readExceptionFlags({
  args,
  text,
  io,
}: Invocation): Omit<ExceptionRequest, 'forMs'> & { duration: string } {
  const [namespace = '', ...targets] = args;
  const [duration, reason] = [text('for'), text('reason')];
  if (duration === undefined)
    throw new UsageError(
      '--for is missing: say for how long, such as --for 2h; for a rule without an end, add the target to a rule set',
    );
  if (reason === undefined || reason.trim() === '')
    throw new UsageError('--reason is missing: say why, such as --reason "incident 4711"');
  return {
    namespace,
    targets,
    now: io.now(),
    duration,
    reason,
    selector: text('selector'),
    name: text('name'),
  };
}
