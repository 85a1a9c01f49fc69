import {
  clusterEgressRuleSetKind,
  egressActivityKind,
  egressProxyKind,
  egressRuleSetKind,
} from '../../src/api/index.ts';
import { renderCrd } from './crd.ts';
import { renderReference } from './reference.ts';

export const kinds = [egressRuleSetKind, clusterEgressRuleSetKind, egressProxyKind, egressActivityKind];

/** Every generated file: its path in the repository and its content. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ...kinds.map((kind) => [`manifests/base/crds/${kind.plural}.yaml`, renderCrd(kind)] as const),
    ...kinds.map((kind) => [`docs/reference/${kind.singular}.md`, renderReference(kind)] as const),
  ]);
}
