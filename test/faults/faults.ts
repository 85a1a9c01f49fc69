import { expiredCertificate } from './expired-certificate.ts';
import type { Fault } from './fault.ts';
import { limits } from './limits.ts';
import { nameservers } from './nameservers.ts';
import { nodes } from './nodes.ts';
import { outages } from './outages.ts';
import { overload } from './overload.ts';
import { processFaults } from './processes.ts';

/** Every fault that `scripts/test faults` makes. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...outages,
  ...nodes,
  ...nameservers,
  ...limits,
  expiredCertificate,
  overload,
];

/**
 * Faults by their names; `all` of them, or without a choice those of CI. Throws for a name that none has.
 */
export function chooseFaults(choice: string | undefined): readonly Fault[] {
  if (choice === undefined) return faults.filter(({ short }) => short);
  if (choice === 'all') return faults;
  return choice.split(',').flatMap((wanted) => {
    const found = faults.filter(({ name }) => name === wanted || name.startsWith(`${wanted} `));
    if (found.length === 0)
      throw new Error(`no fault "${wanted}"; there are: ${faults.map(({ name }) => name).join(', ')}`);
    return found;
  });
}
