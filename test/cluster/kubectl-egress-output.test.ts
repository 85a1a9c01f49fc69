import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { until } from '../support/until.ts';
import { inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';
import { before, outputs, type PluginOutput, withoutChance } from './support/plugin-outputs.ts';

/** A new one for each run: agents remember what a namespace of a name requested. */
const NAMESPACE = `output-${Date.now().toString(36)}`;
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const inOurs = (text: string) => text.replace(/\bshop\b/g, NAMESPACE);

beforeAll(async () => {
  await startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [{ name: 'api' }] });
  await kubectl('apply -f -', inOurs(before.manifest));
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  const urls = [before.allowed, before.allowed, before.refused].map(
    (target) => `https://${target.replace(':443', '/')}`,
  );
  const requests = urls.map((url) => `curl -s -o /dev/null -m 20 -w '%{http_connect} ' ${url}`).join('; ');
  expect((await inPod(`${NAMESPACE}/api`, requests, 70)).stdout).toBe('200 200 403 ');
});
afterAll(() => leaveNamespaces(NAMESPACE));

async function run({
  line,
  input = '',
  sorted,
  fields,
}: PluginOutput): Promise<{ code: number; text: string }> {
  const ran = await bash(`${process.execPath} ${main} ${inOurs(line)}`, {
    input: inOurs(input),
    timeoutSeconds: 60,
  });
  const text = withoutChance(ran.stdout, NAMESPACE);
  if (fields)
    return { code: ran.code, text: (text.match(/^\w+(?=:)/gm) ?? []).map((name) => `${name}\n`).join('') };
  return { code: ran.code, text: sorted ? sortedLines(text) : text };
}

/** The head of a table first. */
function sortedLines(text: string): string {
  const lines = text.split('\n').slice(0, -1);
  const head = lines.filter((line) => /^[A-Z ]+$/.test(line));
  return [...head, ...lines.filter((line) => !head.includes(line)).sort()]
    .map((line) => `${line}\n`)
    .join('');
}

describe('kubectl egress prints', () => {
  test.each(outputs.map((output) => [output.line, output] as const))('%s', async (_, output) => {
    const { code, text, settles } = output;
    const isExpected = (ran: Awaited<ReturnType<typeof run>>) => ran.code === code && ran.text === text;
    const ran = settles
      ? await until('it settles', () => run(output), isExpected, { limitMs: 90_000, intervalMs: 1000 }).catch(
          () => run(output),
        )
      : await run(output);
    expect(ran).toEqual({ code, text });
  });
});
