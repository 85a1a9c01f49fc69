import type { ActivityReport, AuditRecord, NamespaceCounts, RuleUse, TargetCount } from '../../api/index.ts';
import { detachString } from '../detach-string.ts';

export interface TallyOptions {
  instance: string;
  /** The proxy pod. */
  pod: string;
  /** RFC 3339. */
  since: string;
  limits?: Partial<TallyLimits>;
}

/** Limits of what is counted; the least recently seen item is dropped first. */
export interface TallyLimits {
  targetsOfNamespace: number;
  /** Targets of all namespaces together; some 15 MB. */
  targets: number;
  namespaces: number;
  rules: number;
  owners: number;
}

const LIMITS: TallyLimits = {
  targetsOfNamespace: 500,
  targets: 20_000,
  namespaces: 10_000,
  rules: 20_000,
  owners: 5,
};

interface Seen {
  /** Milliseconds since the epoch of the latest end. */
  lastSeen: number;
}

interface Target extends Omit<TargetCount, 'lastSeen'>, Seen {
  /** Value of the namespace's `requests` at the last count: the smallest is the least recently counted target. */
  turn: number;
}

interface Table {
  namespace: string;
  requests: number;
  denied: number;
  /** By the fields that distinguish two targets. */
  targets: Map<string, Target>;
}

/** Counts printed audit records. Its size is limited whatever clients do; totals of a namespace are always exact. */
export class Tally {
  readonly #options: TallyOptions;
  readonly #limits: TallyLimits;
  /** Most recently seen last. */
  readonly #tables = new Map<string, Table>();
  readonly #rules = new Map<string, Seen & { rule: string; count: number }>();
  #newestTable: Table | undefined;
  #newestRule: string | undefined;
  #targets = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  count(record: AuditRecord): void {
    const seen = endOf(record);
    const table = this.#tableOf(record.namespace ?? '');
    table.requests += 1;
    if (record.verdict === 'deny') table.denied += 1;
    const target = this.#targetOf(table, record);
    target.count += 1;
    target.bytesReceived += record.bytesReceived;
    target.bytesSent += record.bytesSent;
    if (record.time < target.firstSeen) target.firstSeen = record.time;
    if (seen > target.lastSeen) target.lastSeen = seen;
    this.#nameOwner(target, record.owner);
    if (record.rule !== undefined) this.#countRule(record.rule, seen);
  }

  /** `rulesInUse`: rules with an open tunnel at `now`. */
  report(rulesInUse: Iterable<string>, now: string, namespaces?: readonly string[]): ActivityReport {
    const { instance, pod, since } = this.#options;
    const tables = [...this.#tables].filter(
      ([name]) => namespaces === undefined || namespaces.includes(name),
    );
    return {
      instance,
      pod,
      since,
      namespaces: Object.fromEntries(tables.map(([name, table]) => [name, countsOf(table)])),
      rules: namespaces === undefined ? this.#ruleUse(rulesInUse, now) : {},
    };
  }

  #tableOf(namespace: string): Table {
    if (this.#newestTable?.namespace === namespace) return this.#newestTable;
    const table = this.#tables.get(namespace) ?? {
      namespace: detachString(namespace),
      requests: 0,
      denied: 0,
      targets: new Map(),
    };
    this.#tables.delete(namespace);
    this.#tables.set(table.namespace, table);
    this.#newestTable = table;
    if (this.#tables.size > this.#limits.namespaces) this.#dropNamespace();
    return table;
  }

  #dropNamespace(): void {
    const [oldest] = this.#tables.values();
    if (oldest === undefined) return;
    this.#tables.delete(oldest.namespace);
    this.#targets -= oldest.targets.size;
  }

  #targetOf({ targets, requests }: Table, record: AuditRecord): Target {
    const { wouldDeny = '', reason = '', tlsFault = '', rule = '' } = record;
    const key = `${record.target}\n${record.verdict}\n${wouldDeny}\n${reason}\n${tlsFault}\n${rule}`;
    const known = targets.get(key);
    if (known !== undefined) {
      known.turn = requests;
      return known;
    }
    const target = newTarget(record, requests);
    targets.set(key, target);
    this.#targets += 1;
    if (targets.size > this.#limits.targetsOfNamespace) this.#dropOldest(targets);
    if (this.#targets > this.#limits.targets) this.#dropOfIdlest();
    return target;
  }

  /** Drops a target of the least recently seen namespace. */
  #dropOfIdlest(): void {
    const idle = [...this.#tables.values()].find(({ targets }) => targets.size > 0);
    if (idle !== undefined) this.#dropOldest(idle.targets);
  }

  #dropOldest(targets: Map<string, Target>): void {
    let oldest: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [key, { turn }] of targets) {
      if (turn >= least) continue;
      least = turn;
      oldest = key;
    }
    if (oldest !== undefined && targets.delete(oldest)) this.#targets -= 1;
  }

  #nameOwner(target: Target, owner: string | undefined): void {
    if (owner === undefined || target.owners[0] === owner) return;
    const others = target.owners.filter((other) => other !== owner);
    target.owners = [detachString(owner), ...others].slice(0, this.#limits.owners);
  }

  #countRule(rule: string, seen: number): void {
    const known = this.#rules.get(rule) ?? { rule: detachString(rule), count: 0, lastSeen: seen };
    known.count += 1;
    if (seen > known.lastSeen) known.lastSeen = seen;
    if (this.#newestRule === rule) return;
    this.#newestRule = known.rule;
    this.#rules.delete(rule);
    this.#rules.set(known.rule, known);
    if (this.#rules.size <= this.#limits.rules) return;
    const [oldest] = this.#rules.keys();
    if (oldest !== undefined) this.#rules.delete(oldest);
  }

  #ruleUse(rulesInUse: Iterable<string>, now: string): Record<string, RuleUse> {
    const uses: Record<string, RuleUse> = {};
    for (const { rule, count, lastSeen } of this.#rules.values())
      uses[rule] = { count, lastSeen: timeOf(lastSeen) };
    for (const rule of rulesInUse) uses[rule] = { count: uses[rule]?.count ?? 0, lastSeen: now };
    return uses;
  }
}

function newTarget(record: AuditRecord, turn: number): Target {
  const { target, verdict, wouldDeny, reason, tlsFault, rule, time } = record;
  return {
    target: detachString(target),
    verdict,
    ...(wouldDeny && { wouldDeny }),
    ...(reason !== undefined && { reason }),
    ...(tlsFault !== undefined && { tlsFault }),
    ...(rule !== undefined && { rule: detachString(rule) }),
    count: 0,
    bytesReceived: 0,
    bytesSent: 0,
    firstSeen: time,
    lastSeen: 0,
    owners: [],
    turn,
  };
}

function countsOf({ requests, denied, targets }: Table): NamespaceCounts {
  const shown = [...targets.values()]
    .sort((a, b) => a.turn - b.turn)
    .map(({ turn: _, lastSeen, ...target }) => ({ ...target, lastSeen: timeOf(lastSeen) }));
  const counted = shown.reduce((sum, { count }) => sum + count, 0);
  return { requests, denied, targets: shown, dropped: requests - counted };
}

function endOf({ time, durationMs }: AuditRecord): number {
  return Date.parse(time) + durationMs;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
