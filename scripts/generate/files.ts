import {
  clusterEgressRuleSetKind,
  egressActivityKind,
  egressProxyKind,
  egressRuleSetKind,
  GROUP,
} from '../../src/api/index.ts';
import { renderCrd } from './crd.ts';
import { renderReference } from './reference.ts';

export const kinds = [egressRuleSetKind, clusterEgressRuleSetKind, egressProxyKind, egressActivityKind];

const kebab = (name: string) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** Every generated file: its path in the repository and its content. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ...kinds.map((kind) => [`manifests/base/crds/${GROUP}_${kind.plural}.yaml`, renderCrd(kind)] as const),
    ...kinds.map((kind) => [`docs/reference/${kebab(kind.kind)}.md`, renderReference(kind)] as const),
  ]);
}
