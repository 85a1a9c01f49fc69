import { checkClocks, checkCni, checkDns, checkPodRanges, checkVersion } from './check-cluster.ts';
import {
  checkAdmission,
  checkCertificates,
  checkDeployments,
  checkGuards,
  checkKinds,
  checkLeader,
  checkOtherWebhooks,
  checkRegistrations,
} from './check-installation.ts';
import {
  checkConditions,
  checkEnforce,
  checkEnforcedPods,
  checkModes,
  checkProxySecurity,
  checkServing,
  checkTunnels,
} from './check-namespaces.ts';
import { checkIgnoredVariables, checkInjected, checkMeshes, checkOwnVariables } from './check-pods.ts';
import type { ClusterFacts } from './facts.ts';
import type { Finding } from './finding.ts';

interface Check {
  name: string;
  /** It says something before an install, too. */
  pre?: true;
  /** What it cannot do without; the check is skipped where the user may not read it. */
  reads: readonly (keyof ClusterFacts)[];
  find: (facts: ClusterFacts) => Finding[];
}

const checks: readonly Check[] = [
  { name: 'Kubernetes is new enough', pre: true, reads: ['version'], find: checkVersion },
  { name: 'the clocks of the nodes are right', pre: true, reads: ['nodeLeases'], find: checkClocks },
  { name: 'a CNI enforces NetworkPolicies', pre: true, reads: ['daemonSets'], find: checkCni },
  { name: 'the cluster DNS is found', pre: true, reads: ['systemServices'], find: checkDns },
  { name: 'the pod ranges are found', pre: true, reads: ['nodes'], find: checkPodRanges },
  {
    name: 'webhooks of others answer',
    pre: true,
    reads: ['mutatingWebhooks', 'validatingWebhooks', 'webhookServices'],
    find: checkOtherWebhooks,
  },
  { name: 'the kinds are installed', reads: ['servedKinds'], find: checkKinds },
  {
    name: 'the webhooks are registered',
    reads: ['mutatingWebhooks', 'validatingWebhooks'],
    find: checkRegistrations,
  },
  { name: 'the webhook answers', reads: ['admission'], find: checkAdmission },
  { name: 'serving certificates are valid', reads: ['servingSecrets'], find: checkCertificates },
  { name: 'the Deployments are ready', reads: ['deployments'], find: checkDeployments },
  { name: 'a controller leads', reads: ['leaderLease'], find: checkLeader },
  { name: 'the guards are in force', reads: ['guards'], find: checkGuards },
  { name: 'no condition reports a problem', reads: ['proxies', 'served'], find: checkConditions },
  { name: 'proxy pods are permitted', reads: ['proxies', 'namespaces'], find: checkProxySecurity },
  { name: 'mode labels are valid', reads: ['namespaces'], find: checkModes },
  { name: 'each namespace that opted in has a proxy', reads: ['namespaces', 'proxies'], find: checkServing },
  { name: 'pods have the variables', reads: ['served'], find: checkInjected },
  { name: 'pods do not set variables of their own', reads: ['served'], find: checkOwnVariables },
  { name: 'pods use the variables', reads: ['served'], find: checkIgnoredVariables },
  { name: 'no mesh takes connections to the proxy', reads: ['served'], find: checkMeshes },
  { name: 'no enforced pod is on the host network', reads: ['served'], find: checkEnforcedPods },
  { name: 'observed namespaces are ready for enforce mode', reads: ['served'], find: checkEnforce },
  { name: 'tunnels begin with TLS for their name', reads: ['served'], find: checkTunnels },
];

/** The outcome of one check. */
export interface CheckResult {
  name: string;
  result: 'ok' | 'warning' | 'fault' | 'skipped';
  findings: Finding[];
}

/** Runs the checks, in order; with `pre` those that make sense before an install. */
export function runChecks(facts: ClusterFacts, { pre }: { pre: boolean }): CheckResult[] {
  return checks
    .filter((check) => !pre || check.pre)
    .map(({ name, reads, find }) => {
      if (reads.some((field) => facts[field] === undefined)) return { name, result: 'skipped', findings: [] };
      const findings = find(facts);
      return { name, result: worstOf(findings), findings };
    });
}

function worstOf(findings: readonly Finding[]): CheckResult['result'] {
  if (findings.length === 0) return 'ok';
  return findings.some(({ severity }) => severity === 'fault') ? 'fault' : 'warning';
}

/** What concerns the switch of one namespace to enforce mode, besides its conditions and its traffic. */
export function checkNamespace(facts: Pick<ClusterFacts, 'served' | 'now'>): Finding[] {
  return [checkInjected, checkOwnVariables, checkIgnoredVariables, checkMeshes, checkEnforcedPods].flatMap(
    (find) => find({ ...facts }),
  );
}
