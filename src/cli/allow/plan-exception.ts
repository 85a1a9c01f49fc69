import { API_VERSION, type EgressRuleSet, type LabelSelector } from '../../api/index.ts';
import {
  parseSelector,
  parseTarget,
  renderFault,
  renderTextFault,
  validateEgressRuleSet,
} from '../../rules/index.ts';
import { readTarget } from '../check/index.ts';
import { UsageError } from '../command-line/index.ts';

/** What an exception allows, to whom, until when, and why. */
export interface ExceptionRequest {
  namespace: string;
  /** As a rule writes them, or as `check` takes them. */
  targets: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
  forMs: number;
  reason: string;
  /** In kubectl's syntax; undefined: every pod of the namespace. */
  selector?: string | undefined;
  /** The name of the rule set; undefined: one from the first target and the time. */
  name?: string | undefined;
}

/** The rule set of an exception. Throws UsageError with every fault. */
export function planException(request: ExceptionRequest): EgressRuleSet {
  const { namespace, now, forMs, reason } = request;
  const targets = [...new Set(request.targets.map(readException))];
  const podSelector = request.selector === undefined ? undefined : readSelector(request.selector);
  const ruleSet: EgressRuleSet = {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { namespace, name: request.name ?? nameOf(targets[0] ?? '', now) },
    spec: {
      targets,
      ...(podSelector && { podSelector }),
      expiresAt: new Date(now + forMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      reason,
    },
  };
  const { faults } = validateEgressRuleSet(ruleSet, { now, isNew: true });
  if (faults.length > 0) throw new UsageError(faults.map(renderFault).join('; '));
  return ruleSet;
}

/** The target of a rule, from a target, a URL, or a host alone, which means port 443. Throws UsageError. */
export function readException(text: string): string {
  const parsed = parseTarget(text);
  if (parsed.ok) return parsed.text;
  const { host, port } = readTarget(text);
  const read = parseTarget(`${host}:${port}`);
  if (read.ok) return read.text;
  throw new UsageError(`"${text}": ${read.faults.map(renderTextFault).join('; ')}`);
}

function readSelector(text: string): LabelSelector {
  const parsed = parseSelector(text);
  if (parsed.ok) return parsed.selector;
  throw new UsageError(`--selector: ${renderTextFault(parsed.fault)}`);
}

/** Characters of the target in a name. */
const LONGEST_SLUG = 40;

/** `api-example-com-` and the second in base 36: two exceptions for one target have two names. */
function nameOf(target: string, now: number): string {
  const slug = target
    .replace(/:\d+$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_SLUG)
    .replace(/^-+|-+$/g, '');
  return `${slug || 'any'}-${Math.floor(now / 1000).toString(36)}`;
}
