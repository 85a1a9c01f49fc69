import { type EgressProxy, enforcingModes, type LabelSelector, label } from '../../api/index.ts';
import { proxyReference } from '../../injection/index.ts';

const NAMESPACE_NAME = 'kubernetes.io/metadata.name';
const NEVER_SERVED = ['kube-system'];
/** A value that refers to no EgressProxy: a reference has a dot. */
const NO_PROXY_REFERENCE = 'none';

export interface SelectorInput {
  defaultProxy: EgressProxy | undefined;
  productNamespace: string;
  /** The namespaces with the label `mode: enforce` or `blocked`, which an exemption from the default does not affect. */
  enforcedByLabel: ReadonlySet<string>;
}

/**
 * The namespaces whose pods are sent to the webhook. Too many are harmless, since the webhook decides by itself; too few
 * are not. An unknown value of the label counts as none.
 */
export function webhookSelector({ defaultProxy, productNamespace }: SelectorInput): LabelSelector {
  const { defaultMode = 'None' } = defaultProxy?.spec ?? {};
  if (defaultMode === 'None') return labelled('In', [...enforcingModes, 'observe']);
  return {
    matchExpressions: [
      ...(labelled('NotIn', ['none']).matchExpressions ?? []),
      notNamed([...NEVER_SERVED, productNamespace]),
    ],
  };
}

/** Whether namespaces without a label are enforced, and the exceptions. */
export interface EnforcedByDefault {
  active: boolean;
  /** Names of namespaces, without those whose label enforces. */
  except: readonly string[];
}

export function enforcedByDefault({
  defaultProxy,
  productNamespace,
  enforcedByLabel,
}: SelectorInput): EnforcedByDefault {
  const { defaultMode = 'None', exemptNamespaces = [] } = defaultProxy?.spec ?? {};
  const exempt = exemptNamespaces.filter((name) => !enforcedByLabel.has(name));
  return {
    active: defaultMode === 'Enforce',
    except: sorted([...NEVER_SERVED, productNamespace, ...exempt]),
  };
}

/** Exactly the namespaces that are enforced, since the guards deny. */
export function guardSelector(input: SelectorInput): LabelSelector {
  const { active, except } = enforcedByDefault(input);
  if (!active) return labelled('In', enforcingModes);
  return {
    matchExpressions: [...(labelled('NotIn', ['none', 'observe']).matchExpressions ?? []), notNamed(except)],
  };
}

/**
 * The enforced namespaces whose EgressProxy sets strict mode or closes the cluster's DNS. A namespace whose label names a proxy that does not exist
 * counts as one of the default proxy's.
 */
export function strictSelector(input: SelectorInput, proxies: readonly EgressProxy[]): LabelSelector {
  const isStrict = ({ spec }: EgressProxy) => spec.inClusterTraffic === 'Deny' || spec.dns === 'ClusterOnly';
  const strictByDefault = input.defaultProxy !== undefined && isStrict(input.defaultProxy);
  const others = proxies.filter((proxy) => isStrict(proxy) !== strictByDefault).map(proxyReference);
  const { matchExpressions = [] } = guardSelector(input);
  if (strictByDefault && others.length === 0) return { matchExpressions };
  const operator = strictByDefault ? 'NotIn' : 'In';
  const values = others.length === 0 ? [NO_PROXY_REFERENCE] : sorted(others);
  return { matchExpressions: [...matchExpressions, { key: label.proxy, operator, values }] };
}

function labelled(operator: 'In' | 'NotIn', values: readonly string[]): LabelSelector {
  return { matchExpressions: [{ key: label.mode, operator, values: [...values] }] };
}

function notNamed(names: readonly string[]): NonNullable<LabelSelector['matchExpressions']>[number] {
  return { key: NAMESPACE_NAME, operator: 'NotIn', values: sorted(names) };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
