import {
  API_VERSION,
  type ClusterEgressRuleSet,
  clusterEgressRuleSetKind,
  type EgressProxySpec,
  egressProxyKind,
  egressRuleSetKind,
  egressTargetGroupKind,
  type ResourceKind,
} from '../../api/index.ts';
import {
  type ClusterNames,
  type RuleSetContext,
  renderTextFault,
  type Validation,
  validateClusterEgressRuleSet,
  validateEgressProxy,
  validateEgressRuleSet,
  validateEgressTargetGroup,
} from '../../rules/index.ts';
import { findOverlaps, type LintedRule } from './overlaps.ts';
import { type ManifestFile, type ManifestObject, type Place, readManifest } from './read-manifest.ts';
import { unknownFields } from './unknown-fields.ts';

/** What is wrong, and where. */
export interface Finding extends Place {
  file: string;
  severity: 'error' | 'warning';
  /** Kind and name of the object; undefined for a fault of the YAML. */
  object?: string;
  message: string;
  reason?: string;
  /** Text to write instead, ready to be pasted. */
  suggestion?: string;
}

/** What was found in the files, in the order of the files and their lines. */
export interface LintResult {
  findings: Finding[];
  /** Number of objects that were validated. */
  objects: number;
}

interface Linted extends ManifestObject {
  file: string;
  kind: ResourceKind;
  /** As messages name it. */
  title: string;
  fields: { metadata?: { name?: string; namespace?: string }; spec?: Record<string, unknown> };
}

/** Validates manifests as the webhook does. Objects of the same files are the cluster: its proxies, rules, namespaces. */
export function lintManifests(files: readonly ManifestFile[]): LintResult {
  const read = files.map((file) => ({ file: file.path, ...readManifest(file) }));
  const all = read.flatMap(({ file, objects }) => objects.map((object) => ({ ...object, file })));
  const linted = all.flatMap(toLinted);
  const context = contextOf(linted, all);
  const findings = [
    ...read.flatMap(({ file, faults }) =>
      faults.map((fault): Finding => ({ file, severity: 'error', reason: 'Yaml', ...fault })),
    ),
    ...linted.flatMap((object) => lintObject(object, context)),
    ...overlapFindings(linted),
  ];
  const order = new Map(files.map(({ path }, index) => [path, index]));
  findings.sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
  return { findings, objects: linted.length };
}

const kinds = [egressRuleSetKind, clusterEgressRuleSetKind, egressTargetGroupKind, egressProxyKind];

function toLinted(manifest: ManifestObject & { file: string }): Linted[] {
  const { apiVersion, kind: name } = (manifest.object ?? {}) as { apiVersion?: unknown; kind?: unknown };
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (kind === undefined || apiVersion !== API_VERSION) return [];
  const fields = manifest.object as Linted['fields'];
  const { namespace, name: own = '(without a name)' } = fields.metadata ?? {};
  return [
    {
      ...manifest,
      kind,
      fields,
      title: `${kind.kind} ${namespace === undefined ? '' : `${namespace}/`}${own}`,
    },
  ];
}

function contextOf(linted: readonly Linted[], all: readonly ManifestObject[]): RuleSetContext {
  const ofKind = ({ kind }: ResourceKind) => linted.filter((each) => each.kind.kind === kind);
  const namespaces = new Set(
    all.flatMap(({ object }) => {
      const { kind, metadata } = (object ?? {}) as { kind?: string; metadata?: { name?: string } };
      return kind === 'Namespace' && metadata?.name !== undefined ? [metadata.name] : [];
    }),
  );
  const cluster: ClusterNames = { hasNamespace: (name) => namespaces.has(name), clusterDomain: undefined };
  const groups = new Set(ofKind(egressTargetGroupKind).map(({ fields }) => fields.metadata?.name));
  return {
    cluster,
    // Without any, they are somewhere else.
    ...(groups.size > 0 && { hasTargetGroup: (name: string) => groups.has(name) }),
    proxies: ofKind(egressProxyKind).map(({ fields }) => (fields.spec ?? {}) as EgressProxySpec),
    clusterRuleSets: ofKind(clusterEgressRuleSetKind)
      .filter(({ object }) => validateClusterEgressRuleSet(object).faults.length === 0)
      .map(({ object }) => object as ClusterEgressRuleSet),
  };
}

function lintObject(object: Linted, context: RuleSetContext): Finding[] {
  const { faults, warnings } = validate(object, context);
  return [
    ...faults.map((fault) => ({
      ...head(object, fault.field, 'error'),
      message: `${fault.field}: ${renderTextFault({ reason: fault.reason, message: fault.message })}`,
      reason: fault.reason,
      // In quotes, which YAML needs around a text that begins with * or [.
      ...(fault.suggestion !== undefined && { suggestion: JSON.stringify(fault.suggestion) }),
    })),
    ...strayFields(object).map((field) => ({
      ...head(object, field, 'error'),
      message: `${field}: there is no such field in ${object.kind.kind}; kubectl explain ${object.kind.singular}.spec lists them`,
      reason: 'UnknownField',
    })),
    ...warnings.map((message) => ({
      ...head(object, /^(?:spec|metadata)[\w.[\]]*/.exec(message)?.[0] ?? 'spec', 'warning'),
      message,
    })),
  ];
}

function validate({ kind, object }: Linted, context: RuleSetContext): Validation {
  if (kind.kind === egressRuleSetKind.kind) return validateEgressRuleSet(object, context);
  if (kind.kind === egressProxyKind.kind) return validateEgressProxy(object);
  if (kind.kind === egressTargetGroupKind.kind) return validateEgressTargetGroup(object, context);
  return validateClusterEgressRuleSet(object, context);
}

function strayFields({ kind, fields }: Linted): string[] {
  return kind.spec === undefined ? [] : unknownFields(fields.spec, kind.spec, 'spec');
}

function head({ file, title, placeOf }: Linted, field: string, severity: Finding['severity']) {
  return { file, ...placeOf(field), severity, object: title };
}

function overlapFindings(linted: readonly Linted[]): Finding[] {
  const ruleSets: readonly ResourceKind[] = [egressRuleSetKind, clusterEgressRuleSetKind];
  const rules = linted.filter(({ kind }) => ruleSets.includes(kind)).flatMap(rulesOf);
  return findOverlaps(rules).map(({ rule, message }) => ({
    ...head(rule.owner, rule.field, 'warning'),
    message: `${rule.field}: ${message}`,
    reason: 'Shadowed',
  }));
}

function rulesOf(owner: Linted): (LintedRule & { owner: Linted })[] {
  const { spec = {}, metadata } = owner.fields;
  const { targets, action, podSelector, namespaceSelector, clientCIDRs } = spec;
  if (!Array.isArray(targets) || clientCIDRs !== undefined) return [];
  const isCluster = owner.kind.kind === clusterEgressRuleSetKind.kind;
  return targets.flatMap((text: unknown, index) =>
    typeof text === 'string'
      ? [
          {
            owner,
            set: owner.title,
            scope: {
              namespace: isCluster ? undefined : (metadata?.namespace ?? ''),
              selector: podSelector ?? namespaceSelector,
            },
            action: action === 'Deny' ? 'Deny' : 'Allow',
            field: `spec.targets[${index}]`,
            text,
          } as const,
        ]
      : [],
  );
}
