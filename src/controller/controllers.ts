import { activityController } from './activity/controller.ts';
import { admissionController } from './admission/controller.ts';
import { agentReportsController } from './agent-reports/controller.ts';
import { certificatesController } from './certificates/controller.ts';
import { cniProbeController } from './cni-probe/controller.ts';
import type { Controller } from './controller.ts';
import { defaultProxyController } from './default-proxy/controller.ts';
import type { Deps } from './deps.ts';
import { directTargetsController } from './direct-targets/controller.ts';
import { discoveryController } from './discovery/controller.ts';
import { proxyController } from './egress-proxy/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { namespacePolicyController } from './namespace-policies/controller.ts';
import { requestsController } from './requests/controller.ts';
import { ruleExpiryController } from './rule-expiry/controller.ts';
import { ruleSetController } from './rule-set/controller.ts';
import { ruleUseController } from './rule-use/controller.ts';
import type { LeaderState } from './state/leader-state.ts';
import { upstreamsController } from './upstreams/controller.ts';

/** Every controller. A new one is a folder with a `controller.ts`, and one line here. */
export const controllers: readonly Controller<[deps: Deps, state: LeaderState]>[] = [
  discoveryController,
  defaultProxyController,
  proxyController,
  namespacePolicyController,
  namespaceController,
  ruleSetController,
  directTargetsController,
  cniProbeController,
  upstreamsController,
  certificatesController,
  admissionController,
  agentReportsController,
  activityController,
  ruleUseController,
  ruleExpiryController,
  requestsController,
];
