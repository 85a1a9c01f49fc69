import { type Command, exit, type Invocation } from '../command-line/index.ts';
import { type Finding, type LintResult, lintManifests } from '../lint/index.ts';
import { formatCount, outputFlag, paint, show } from '../output/index.ts';
import { filenameFlag, readFiles } from './read-files.ts';

export const lint: Command = {
  name: 'lint',
  summary: 'Validate rule sets and proxies in files, without a cluster',
  description: `Validates every EgressRuleSet, ClusterEgressRuleSet, EgressTargetGroup and EgressProxy of the files as the
    webhook does, and names the line of each fault with what to write instead. Warnings are for rules that are valid and have no effect, or a
    surprising one; if the files have target groups, for references to others, too. Other objects are skipped, except Namespaces, whose names a target may be mistaken for.

    It needs no cluster, so it can run as a pre-commit hook and in CI.`,
  examples: [
    ['Validate the rule sets of a repository', 'kubectl egress lint -f manifests/'],
    ['Validate what kustomize renders', 'kubectl kustomize overlays/prod | kubectl egress lint -f -'],
    ['Fail on warnings, too', 'kubectl egress lint --strict -f rules.yaml'],
  ],
  usage: '-f FILE...',
  // A pre-commit hook passes the names of files as arguments.
  args: { least: 0, most: Number.POSITIVE_INFINITY },
  flags: [
    filenameFlag,
    { name: 'strict', about: 'Warnings make the exit code 1, too.' },
    { ...outputFlag, choices: ['json', 'yaml'] },
  ],
  online: false,
  run: async (invocation) => {
    const result = lintManifests(await readFiles(invocation, invocation.args));
    show(invocation, {
      value: result,
      names: [],
      text: () => renderFindings(result, invocation),
    });
    const isFaulty = invocation.has('strict') ? () => true : ({ severity }: Finding) => severity === 'error';
    return result.findings.some(isFaulty) ? exit.no : exit.ok;
  },
};

function renderFindings({ findings, objects }: LintResult, { io }: Invocation): string {
  const lines = findings.map(({ file, line, column, severity, message, reason, suggestion }) => {
    const word = paint(io, severity === 'error' ? 'red' : 'yellow', severity);
    const write = suggestion === undefined ? '' : `\n    write: ${suggestion}`;
    return `${file}:${line}:${column}: ${word}: ${message}${reason === undefined ? '' : ` (${reason})`}${write}\n`;
  });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const counts = [
    formatCount(objects, 'object'),
    formatCount(errors, 'error'),
    formatCount(findings.length - errors, 'warning'),
  ];
  return `${lines.join('')}${counts.join(', ')}\n`;
}
