import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { blocksOf, blockWith } from '../support/block-of-page.ts';
import { until } from '../support/until.ts';
import {
  inPod,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
  rolledOut,
  startDeployment,
} from './support/client-pods.ts';

const root = new URL('../../', import.meta.url).pathname;
const page = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = page('README.md');
const operators = page('docs/guide/operators.md');

/** The namespace of the pages. */
const NAMESPACE = 'my-app';
const APP = `${NAMESPACE}/deployment/api`;

/** A block as a reader would paste it. Rejects if a command fails. */
async function paste(block: string): Promise<string> {
  const { code, stdout, stderr } = await bash(`set -e -o pipefail; ${block}`, { timeoutSeconds: 330 });
  if (code !== 0) throw new Error(`${block}: ${stdout}${stderr}`);
  return stdout;
}

const inApp = async (command: string) => (await inPod(APP, command)).stdout;
/** The status that a name gives the application, by the variables that its pod has. */
const statusOf = (name: string) => inApp(`curl -s -o /dev/null -m 20 -w '%{http_code}' http://${name}/`);

beforeAll(async () => {
  await removeNamespaces(NAMESPACE);
  await makeNamespace({ namespace: NAMESPACE });
  await startDeployment(NAMESPACE, 'api');
});
afterAll(() => leaveNamespaces(NAMESPACE));

describe('docs/guide/operators.md: Install', () => {
  const shown = blocksOf(operators).filter(({ text }) => text.startsWith('$ kubectl wait'));

  test.each(shown)('the commands print what the page shows: $text', async ({ text }) => {
    const commands = text.split('\n').filter((line) => line.startsWith('$ '));
    expect(commands.length).toBeGreaterThan(0);
    let output = '';
    for (const command of commands)
      output += `${command}\n${(await paste(command.replace('$ ', ''))).trimEnd()}\n`;
    expect(output).toBe(text);
  });

  test('the commands of networks.md say that policies are enforced, and which facts were found', async () => {
    const [condition = '', facts] = (await paste(blockWith(page('docs/guide/networks.md'), 'Enforced')))
      .trim()
      .split('\n');
    expect(condition).toBe('egressproxy.zalando.org/squid condition met');
    expect(facts).not.toBe('');
  });
});

describe('README: opt a namespace in', () => {
  test('observe: the restarted pods have the variables, and nothing is refused', async () => {
    expect(await inApp('env')).not.toContain('HTTP_PROXY');
    await paste(blockWith(readme, 'mode=observe'));
    await rolledOut(NAMESPACE, 'api');
    expect(await inApp('env')).toContain('HTTP_PROXY');
    expect(await statusOf('unlisted.example.com')).toBe('200');
  });

  test('the log says what enforce mode would refuse, and then it refuses it', async () => {
    const block = blockWith(readme, 'mode=enforce');
    // The agents write a line a moment after its request.
    const lines = await until('the line', () => paste(block.split('\n')[0] ?? ''));
    expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({
      target: 'unlisted.example.com:80',
      wouldDeny: true,
    });
    expect(await paste(block)).toContain(`namespace/${NAMESPACE} labeled`);
    await until(
      'the refusal',
      () => statusOf('unlisted.example.com'),
      (status) => status === '403',
    );
  });

  test('the command of operators.md finds the same lines', async () => {
    const [command = '', shown = ''] = blockWith(operators, '$ kubectl logs').trim().split('\n');
    const [line = ''] = (await paste(command.replace('$ ', ''))).split('\n');
    const keys = [...shown.matchAll(/"(\w+)":/g)].map(([, key]) => key);
    expect(Object.keys(JSON.parse(line) as object)).toEqual(expect.arrayContaining(keys));
  });
});

describe('docs/guide/activity.md: from a refusal to its rule', () => {
  test('the id of a refusal leads to its line and to its Event', async () => {
    const answer = await inApp('curl -s -D - -o /dev/null -m 20 http://never.example.com/');
    const [, id = ''] = /X-Egress-Decision: .*\[id (\S+)\]/i.exec(answer) ?? [];
    expect(id, answer).not.toBe('');
    const block = blockWith(page('docs/guide/activity.md'), 'kubectl get events').replaceAll(
      '3f9c2a71d0-1x',
      id,
    );
    const found = await until('the line and the Event', () => paste(block));
    expect(found).toContain(`"id":"${id}"`);
    expect(found).toMatch(/Warning\s+NoMatchingRule\s+pod\/api-/);
  });
});

describe('docs/guide/client-recipes.md: git over ssh', () => {
  test('the ProxyCommand asks the proxy, which answers as the page says', async () => {
    const recipes = page('docs/guide/client-recipes.md');
    const [, command = ''] = /ProxyCommand (.*)/.exec(blockWith(recipes, 'ProxyCommand')) ?? [];
    const { stderr } = await inPod(APP, command.replace('%h', 'github.com').replace('%p', '22'));
    const [, refusal = ''] = /A refusal reads `(.*)`/.exec(recipes) ?? [];
    expect(refusal).toContain('403');
    expect(stderr).toContain(refusal);
  });
});
