import { clip, type Fault, faultAt, textFault, type Validation } from '../fault.ts';
import { isWildcard } from '../target/index.ts';
import { fieldOf, isFields, readList, readSpec, readText, wrongType } from './read-fields.ts';
import { emptyTargetsFaults, type ReadTargets, readTargets } from './read-targets.ts';
import type { RuleSetContext } from './rule-set-context.ts';
import { warnTargets } from './target-warnings.ts';

/** Validates an EgressTargetGroup and returns all of its faults. Never throws, whatever the object is. */
export function validateEgressTargetGroup(
  object: unknown,
  { proxies = [], cluster }: Pick<RuleSetContext, 'proxies' | 'cluster'> = {},
): Validation {
  const { faults, targets } = readEgressTargetGroup(object);
  return { faults, warnings: targets.flatMap((target) => warnTargets(target, proxies, cluster)) };
}

/** All faults of an EgressTargetGroup, and the targets that parse. */
export function readEgressTargetGroup(object: unknown): ReadTargets {
  const faults: Fault[] = [];
  const spec = readSpec(object, faults);
  if (spec === undefined) return { faults, targets: [] };
  const { targets, faults: targetFaults } = readTargets(spec, 'spec.targets');
  readText(spec, 'description', 'spec.description', faults);
  faults.push(
    ...emptyTargetsFaults(spec, 0),
    ...targetFaults,
    // Its reach would be hidden in every rule set that refers to the group.
    ...targets
      .filter(({ target }) => isWildcard(target))
      .map(({ text, index }) =>
        faultAt(
          `spec.targets[${index}]`,
          textFault(
            'WildcardTargetDenied',
            `"${text}" allows any destination: write it into the rule set that needs it, where it can be seen`,
          ),
        ),
      ),
    ...sourceFaults(spec),
  );
  return { faults, targets };
}

function sourceFaults(spec: unknown): Fault[] {
  const faults: Fault[] = [];
  for (const [index, source] of readList(spec, 'sources', 'spec.sources', faults).entries()) {
    const path = `spec.sources[${index}]`;
    if (!isFields(source)) {
      faults.push(wrongType(path, 'an object'));
      continue;
    }
    const date = fieldOf(source, 'date');
    if (!isDay(date)) {
      const message = `"${clip(String(date ?? ''))}" is no day such as 2026-11-29`;
      faults.push(faultAt(`${path}.date`, textFault('Unsupported', message)));
    }
    const url = readText(source, 'url', `${path}.url`, faults);
    if (url === undefined || !/^https?:\/\/[^/]/.test(url))
      faults.push(
        faultAt(
          `${path}.url`,
          textFault('Unsupported', 'this must be an address such as https://example.com/hosts'),
        ),
      );
  }
  return faults;
}

function isDay(date: unknown): boolean {
  if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(date)) return false;
  const parsed = new Date(`${date}T00:00:00Z`);
  // Date takes the 30th of February for the 2nd of March.
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}
