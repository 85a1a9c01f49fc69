/** A room of the source: a folder of src, and whether its code does no I/O. Tests of a pure room may do I/O. */
interface Room {
  path: string;
  pure?: boolean;
}

/** The rooms of src from the inside out: a room imports only rooms above it in this list. */
const rooms: readonly Room[] = [
  { path: 'bounded', pure: true },
  { path: 'api', pure: true },
  { path: 'rules', pure: true },
  { path: 'counts', pure: true },
  { path: 'rule-changes', pure: true },
  { path: 'injection', pure: true },
  { path: 'enforcement', pure: true },
  { path: 'proxy', pure: true },
  { path: 'time' },
  { path: 'telemetry' },
  { path: 'dns' },
  { path: 'config' },
  { path: 'tls' },
  { path: 'kube' },
  { path: 'agent-client' },
  { path: 'cluster' },
  { path: 'component' },
];

/** The components: each imports any room above, and no other component. Only src/main.ts imports them all. */
const components = [
  'webhook',
  'controller',
  'agent',
  'forward',
  'closer',
  'client-dns',
  'goaccess',
  'dashboard',
  'cli',
];

/** No product code imports these; tests and fixtures may. */
const outside: Restriction = {
  group: ['**/../main.ts', '**/../scripts/**', '**/../test/**', '**/../relay/**'],
  message: 'product code imports neither src/main.ts nor the relay, scripts and tests',
};

/** The rooms inside a room, from the inside out, as above. */
const innerRooms: Readonly<Record<string, readonly string[]>> = {
  rules: ['address', 'target', 'validate', 'decide'],
};

/** Modules and packages that do I/O, read the clock or the environment. */
const ioModules = [
  ...['fs', 'net', 'http', 'https', 'tls', 'dns', 'dgram', 'child_process', 'process', 'os', 'timers'].map(
    (name) => `node:${name}`,
  ),
  ...['fs', 'dns', 'timers'].map((name) => `node:${name}/*`),
  'pino',
  'undici',
  'fastify',
  '@kubernetes/client-node',
  'prom-client',
];

interface Restriction {
  group: string[];
  message: string;
}

/**
 * The overrides of biome.json that hold the direction of imports. For a file that several of them include the last one
 * counts, so each of them is complete.
 */
export function importRules(): object[] {
  return [
    ...rooms.flatMap((room, index) => roomRules(room, onlyRoomsAbove(index))),
    ...components.flatMap((path) => [
      override(all(path), [noOtherComponent(path)]),
      override(code(path), [noOtherComponent(path), outside]),
    ]),
  ];
}

function roomRules({ path, pure = false }: Room, direction: Restriction): object[] {
  const restrictions = [direction, outside, ...(pure ? [noInputOutput(path)] : [])];
  const inner = innerRooms[path] ?? [];
  return [
    override(all(path), [direction]),
    override(code(path), restrictions),
    ...inner.map((name, index) =>
      override(code(`${path}/${name}`), [...restrictions, ...onlyInnerRoomsAbove(path, inner, index)]),
    ),
  ];
}

function onlyRoomsAbove(index: number): Restriction {
  const below = rooms.slice(index + 1).map(({ path }) => path);
  return {
    group: [...below, ...components].map(folder),
    message: `src/${rooms[index]?.path} imports only rooms above it in scripts/build/generate/import-rules.ts`,
  };
}

function onlyInnerRoomsAbove(path: string, inner: readonly string[], index: number): Restriction[] {
  const below = inner.slice(index + 1);
  if (below.length === 0) return [];
  const message = `src/${path}/${inner[index]} imports only ${['fault', ...inner.slice(0, index)].join(', ')}`;
  return [{ group: below.map(folder), message }];
}

function noInputOutput(path: string): Restriction {
  return { group: ioModules, message: `src/${path} is pure: it does no I/O` };
}

function noOtherComponent(path: string): Restriction {
  const others = components.filter((other) => other !== path);
  return { group: others.map(folder), message: 'a component never imports another component' };
}

const all = (path: string) => [`src/${path}/**`];
const code = (path: string) => [
  `src/${path}/**`,
  `!src/${path}/**/*.test.ts`,
  `!src/${path}/**/*.fixture.ts`,
];

function folder(name: string): string {
  return `**/../${name}/**`;
}

function override(includes: string[], patterns: Restriction[]): object {
  const noRestrictedImports = { level: 'error', options: { patterns } };
  return { includes, linter: { rules: { style: { noRestrictedImports } } } };
}
