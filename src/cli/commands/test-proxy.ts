import type { Mode } from '../../api/index.ts';
import { plainText } from '../../counts/index.ts';
import type { Pod } from '../../kube/index.ts';
import type { NamespaceRules } from '../../rule-changes/index.ts';
import { parseTarget } from '../../rules/index.ts';
import { checkerOf } from '../check/index.ts';
import { type Connection, gatherRules, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { outputFlag, show } from '../output/index.ts';
import { assessProbe, type Probe, type ProbeRequest, renderStep, type Steps } from '../probe/index.ts';
import { findPod, probeFlags, readProbeFlags, runProbe } from './probe.ts';

const USER_AGENT = 'Test-Client/1.0';
/** curl's own, for a refusal that is a page: `--fail` ends with it. */
const HTTP_RETURNED_ERROR = 22;

export const testProxy: Command = {
  name: 'test-proxy',
  summary: 'Test the way of a namespace through its proxy, from a pod that is deleted afterwards',
  description: `Creates a pod in the namespace, which gets the variables as every pod does, and shows each step: the variables, the name
    of the proxy and a connection to it, a request through it with all that curl says, and that a connection without the
    proxy is dropped. Whatever happens, the pod is deleted; a pod that a kill -9 leaves behind ends by itself after ten minutes.

    The exit code is that of curl for the request through the proxy, 22 if the proxy refused a plain HTTP request, and 1 if
    enforce mode does not drop the connection without the proxy.

    It needs the rights to create, get and delete pods in the namespace and to get pods/log there.`,
  examples: [
    ['A target that the rules allow', 'kubectl egress test-proxy -n my-app'],
    [
      'A given URL, with the rules of one pod',
      'kubectl egress test-proxy -n my-app --as-pod web-1 --url https://login.microsoftonline.com',
    ],
    [
      'A proxy by name, as an application has it configured',
      'kubectl egress test-proxy -n my-app --host microsoft.intra.aibang.local --port 3128 --url https://login.microsoft.com',
    ],
  ],
  flags: [
    {
      name: 'url',
      value: 'URL',
      about: 'What it requests. Default: the first host that a rule of the namespace allows on port 443.',
    },
    {
      name: 'as-pod',
      value: 'POD',
      about: 'Has the labels and the ServiceAccount of this pod, and so its rules.',
    },
    { name: 'host', value: 'HOST', about: 'The proxy. Default: the one of the variables in the pod.' },
    { name: 'port', value: 'PORT', about: 'The port of --host. Default: 3128.' },
    { name: 'user-agent', value: 'TEXT', about: `The User-Agent. Default: ${USER_AGENT}.` },
    ...probeFlags,
    { ...outputFlag, choices: ['json', 'yaml'] },
  ],
  online: true,
  run: (invocation) => {
    const flags = { ...readProbeFlags(invocation), proxy: readProxy(invocation) };
    return withCluster(invocation, (connection) => run(invocation, connection, flags));
  },
};

async function run(
  invocation: Invocation,
  { client, namespace }: Connection,
  flags: Pick<ProbeRequest, 'image' | 'connectTimeout' | 'timeout' | 'proxy'>,
): Promise<number> {
  const { io, text } = invocation;
  const { rules } = await gatherRules(client, namespace);
  const podName = text('as-pod');
  const asPod = podName === undefined ? undefined : await findPod(client, namespace, podName);
  const request = {
    ...flags,
    namespace,
    urls: [readUrl(text('url') ?? firstAllowed(rules, asPod))],
    userAgent: text('user-agent') ?? USER_AGENT,
    tryDirectly: true,
    asPod,
  };
  const isText = text('output') === undefined;
  const { probe, code } = await runProbe(invocation, client, request, (line, sofar) => {
    if (isText) io.print(renderLine(invocation, line, sofar, rules.mode));
  });
  if (code === undefined) return exit.interrupted;
  const exitCode = exitCodeOf(probe, code, rules.mode);
  show(invocation, {
    value: { namespace, mode: rules.mode, ...probe, exitCode },
    names: [],
    text: () => `Exit code: ${exitCode}\n`,
  });
  return exitCode;
}

/** A step when its result has come, and what curl says before it. */
function renderLine({ io }: Invocation, line: string, probe: Probe, mode: Mode): string {
  const [, name] = /^@(\w+)/.exec(line) ?? [];
  if (name === undefined) return line === '' ? '' : `    ${plainText(line)}\n`;
  return renderStep(assessProbe(probe, mode)[name as keyof Steps], io);
}

function exitCodeOf(probe: Probe, code: number, mode: Mode): number {
  if (code !== 0) return code;
  if (probe.attempts.some(({ refusal }) => refusal !== undefined)) return HTTP_RETURNED_ERROR;
  return assessProbe(probe, mode).direct?.isGood === false ? exit.no : exit.ok;
}

function readUrl(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`--url: "${text}" is no URL of http or https`);
  return url.href;
}

/** The first host on port 443 that a rule names and the pod may reach now. Throws UsageError if there is none. */
function firstAllowed(rules: NamespaceRules, asPod: Pod | undefined): string {
  const check = checkerOf(rules, asPod?.metadata.labels ?? {});
  for (const text of rules.ruleSets.flatMap(({ spec }) => spec.targets)) {
    const parsed = parseTarget(text);
    if (!parsed.ok || parsed.target.kind !== 'exact' || parsed.target.port !== 443) continue;
    if (check({ host: parsed.target.name, port: 443 }).verdict === 'allow') return parsed.target.name;
  }
  throw new UsageError('no rule of the namespace names a host on port 443: say what to request, with --url');
}

/** Undefined without --host. */
function readProxy({ text }: Invocation): string | undefined {
  const [host, port] = [text('host'), text('port') ?? '3128'];
  if (host === undefined && text('port') !== undefined)
    throw new UsageError('--port needs --host: name the proxy whose port it is');
  if (!/^\d{1,5}$/.test(port))
    throw new UsageError(`--port: "${port}" is no port: write a number from 1 to 65535`);
  return host === undefined ? undefined : `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
