import { gatherFacts, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation } from '../command-line/index.ts';
import { type CheckResult, type Finding, runChecks } from '../doctor/index.ts';
import { outputFlag, paint, show } from '../output/index.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check a cluster before an install, and an installation',
  description: `Checks the cluster, the installation, the namespaces that opted in and their pods, and says what to do about
    each finding. A finding has a code, which is also the name of its section in docs/guide/troubleshooting.md. It changes
    nothing: to try the webhook it sends a rule set as a dry run.

    A check is skipped if you may not read what it needs. The exit code is 1 if there is a fault, and 0 if there are only
    warnings.`,
  examples: [
    ['Before the install', 'kubectl egress doctor --pre'],
    ['The cluster and every namespace that opted in', 'kubectl egress doctor'],
    ['The pods and the traffic of one namespace', 'kubectl egress doctor -n my-app'],
  ],
  flags: [
    { name: 'pre', about: 'Only the checks that need no installation.' },
    { ...outputFlag, choices: ['json', 'yaml', 'name'], about: 'The format of the output. Default: text.' },
  ],
  online: true,
  run: (invocation) =>
    withCluster(invocation, async ({ client }) => {
      const { io, has, text } = invocation;
      const facts = await gatherFacts(client, { now: io.now(), namespace: text('namespace') });
      const results = runChecks(facts, { pre: has('pre') });
      const findings = results.flatMap((each) => each.findings);
      show(invocation, {
        value: { checks: results.map(({ name, result }) => ({ name, result })), findings },
        names: findings.map(({ code }) => code),
        text: () =>
          results.map((each) => line(invocation, each)).join('') + renderFindings(invocation, findings),
      });
      return findings.some(({ severity }) => severity === 'fault') ? exit.no : exit.ok;
    }),
};

const colors = { ok: 'green', warning: 'yellow', fault: 'red', skipped: 'yellow' } as const;

function line({ io }: Invocation, { name, result }: CheckResult): string {
  return `${paint(io, colors[result], result.padEnd('skipped'.length))}  ${name}\n`;
}

function renderFindings({ io }: Invocation, findings: readonly Finding[]): string {
  return findings
    .map(
      ({ code, severity, object, message, guide }) =>
        `\n${paint(io, colors[severity], `${severity}: ${code}`)}: ${object}\n    ${message.replaceAll('\n', '\n    ')}\n    see ${guide}\n`,
    )
    .join('');
}
