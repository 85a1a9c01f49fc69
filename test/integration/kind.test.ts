import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtTool } from '../support/built-tool.ts';
import { blocksOfFile } from '../support/pages.ts';

/*
 * Docker does not run here. What is real: kind's and kubectl's parsers of command lines, and kind's reading of the configuration.
 * What is not: that containers start, and reach each other.
 */
const root = join(import.meta.dirname, '../..');

let folder: string;
let kind: string;

/** Commands of Docker with the flags that scripts/kind may give them, as `docker COMMAND --help` has them; `=`: with a value. */
const DOCKER = `
info:
rm: -f
run: --detach --name= --network= --cap-add= --volume=
exec:
inspect: --format=
build: --tag= -t= --file=
push:`;

/** Every command line is written down; unknown commands and flags end it with code 125, as Docker does. */
const docker = `#!/bin/bash
printf 'docker %s\\n' "\${*//$'\\n'*/...}" >> "$RECORD"
command="$1"; shift
flags="$(grep "^$command:" << 'EOF'${DOCKER}
EOF
)" || { echo "docker: unknown command $command" >&2; exit 125; }
while [[ "\${1:-}" = -* ]]; do
  case " $flags " in
    *" $1= "*) shift 2 ;;
    *" $1 "*) shift ;;
    *) echo "docker $command: unknown flag: $1" >&2; exit 125 ;;
  esac
done
case "$command" in inspect) echo 172.18.0.5 ;; esac
`;

/** The tool itself reads the command line, with --help added so that it does nothing. */
const parsedBy = (name: string, tool: string, answers: string) => `#!/bin/bash
printf '${name} %s\\n' "$*" >> "$RECORD"
${tool} "$@" --help > /dev/null || exit 1
case "$*" in
${answers}
esac
`;

/** `docker` for the real kind: there is a daemon that has images, and neither containers nor networks. */
const emptyDocker = `#!/bin/bash
case "$1" in info) echo {} ;; ps | inspect) ;; *) exit 1 ;; esac
`;

function writeTool(path: string, text: string): void {
  writeFileSync(join(folder, path), text, { mode: 0o755 });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kind-'));
  kind = builtTool('kind');
  const kubectl = join(builtTool('binaries'), 'kubectl');
  for (const name of ['bin', 'empty', 'cache']) mkdirSync(join(folder, name));
  writeTool('empty/docker', emptyDocker);
  writeTool('bin/docker', docker);
  const nodes = `"get nodes"*) printf '%s\\n' kube-egress-control-plane kube-egress-worker ;;`;
  const create = `"create cluster"*) cp "\${@: -1}" "$RECORD.yaml" ;;`;
  writeTool('bin/kind', parsedBy('kind', kind, `${nodes}\n${create}`));
  writeTool('bin/kubectl', parsedBy('kubectl', kubectl, `*"get nodes"*) echo 172.18.0.2 ;;`));
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs scripts/kind with the stand-ins. */
const run = (...args: string[]) => paste(`scripts/kind ${args.join(' ')}`);

/** Runs a command line with the stand-ins, in the repository. */
function paste(line: string): { ok: boolean; text: string; commands: string[] } {
  const record = join(folder, 'record');
  writeFileSync(record, '');
  const { status, stderr } = spawnSync('bash', ['-c', line], {
    encoding: 'utf8',
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      RECORD: record,
      // Only the state of the cluster is the test's own.
      KUBE_EGRESS_CACHE: process.env['KUBE_EGRESS_CACHE'] ?? join(homedir(), '.cache/kube-egress'),
      XDG_CACHE_HOME: join(folder, 'cache'),
    },
  });
  return { ok: status === 0, text: stderr, commands: readFileSync(record, 'utf8').trim().split('\n') };
}

/** What kind says about a configuration, up to the first container that it wants. */
function readByKind(config: string): string {
  const args = ['create', 'cluster', '--name', 'kube-egress', '--config', config];
  const env = { ...process.env, PATH: `${join(folder, 'empty')}:${process.env['PATH']}` };
  return spawnSync(kind, args, { encoding: 'utf8', env }).stderr;
}

describe('scripts/kind', () => {
  test('up gives docker, kind and kubectl only what they take', () => {
    const { ok, text, commands } = run('up', '--nodes', '2', '--image', 'localhost/kube-egress:dev');
    expect(ok, `${text}${commands.join('\n')}`).toBe(true);
    expect(commands.map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
      'docker info',
      'kind get',
      'kind create',
      'docker rm',
      'docker run',
      'docker exec',
      'docker inspect',
      'kind get',
      'docker exec',
      'docker exec',
      'kubectl --context',
      'kubectl --context',
      'kubectl --context',
      'kubectl --context',
      'kubectl --context',
      'docker build',
      'kind load',
      'kind load',
    ]);
    expect(commands).toContain('kind load docker-image --name kube-egress localhost/kube-egress:dev');
    expect(commands).toContain(
      'docker exec kube-egress-worker ip route replace 203.0.113.0/24 via 172.18.0.5',
    );
  });

  test('kind accepts its configuration, and would refuse another', () => {
    const written = join(folder, 'record.yaml');
    expect(readByKind(written)).toContain('Creating cluster "kube-egress"');
    const config = readFileSync(written, 'utf8');
    expect(config.match(/role: /g)).toHaveLength(2);
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, config.replace('role: worker', 'rolle: worker'));
    expect(readByKind(wrong)).toContain('unable to decode config');
    writeFileSync(wrong, config.replace('role: control-plane', 'role: worker'));
    expect(readByKind(wrong)).not.toContain('Creating cluster');
  });

  test('down removes the internet and the cluster', () => {
    const { ok, text, commands } = run('down');
    expect(ok, text).toBe(true);
    expect(commands.slice(1)).toEqual([
      'docker rm -f kube-egress-internet',
      'kind delete cluster --name kube-egress',
    ]);
  });

  // What scripts/demo does is in test/cluster/scenario.test.ts.
  const lines = ['README.md', 'docs/guide/local-cluster.md'].flatMap((page) =>
    blocksOfFile(page)
      .filter(({ text }) => /^docker build/m.test(text))
      .flatMap(({ text }) => text.trim().split('\n'))
      .filter((line) => !line.startsWith('scripts/demo'))
      .map((line) => [page, line.replace(/ +#.*/, '')] as const),
  );

  test.each(lines)('the lines of %s are ones that docker and kind take: %s', (_, line) => {
    const { ok, text, commands } = paste(line);
    expect(ok, text).toBe(true);
    if (!line.startsWith('scripts/')) expect(commands).toEqual(line.split(' && '));
  });

  test('README has four such lines, and the guide has four', () => {
    expect(lines.map(([page]) => page).sort()).toEqual([
      ...Array(4).fill('README.md'),
      ...Array(4).fill('docs/guide/local-cluster.md'),
    ]);
  });

  test('the stand-ins refuse what the tools do not know', () => {
    const env = {
      ...process.env,
      RECORD: join(folder, 'other'),
      PATH: `${folder}/bin:${process.env['PATH']}`,
    };
    for (const command of ['docker run --detached x', 'kind create cluster --wate 1s', 'kubectl get --wide'])
      expect(spawnSync('bash', ['-c', command], { env }).status, command).not.toBe(0);
  });
});
