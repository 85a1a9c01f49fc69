/** A room of the source: a folder, and whether its code may do I/O. */
interface Room {
  path: string;
  pure?: boolean;
}

/**
 * The rooms of src from the inside out: a room imports only rooms above it in this list. The pure ones do no I/O; their
 * tests may.
 */
const rooms: readonly Room[] = [
  { path: 'api', pure: true },
  { path: 'rules', pure: true },
  { path: 'counts', pure: true },
  { path: 'injection', pure: true },
  { path: 'enforcement', pure: true },
  { path: 'proxy', pure: true },
  { path: 'time' },
  { path: 'telemetry' },
  { path: 'config' },
  { path: 'tls' },
  { path: 'kube' },
  { path: 'agent-client' },
  { path: 'cluster' },
  { path: 'component' },
];

/** The components: each imports any room above, and no other component. Only src/main.ts knows them all. */
const components = ['webhook', 'controller', 'agent', 'forward', 'closer', 'goaccess', 'dashboard'];

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

/** The overrides of biome.json that hold the direction of imports. */
export function importRules(): object[] {
  return [
    ...rooms.flatMap((room, index) => roomRules(room, [...pathsAfter(index), ...components])),
    ...components.map((path) => override([`src/${path}/**`], [noComponent(path)])),
  ];
}

function pathsAfter(index: number): string[] {
  return rooms.slice(index + 1).map(({ path }) => path);
}

function roomRules({ path, pure = false }: Room, outer: readonly string[]): object[] {
  const restrictions: Restriction[] = [
    {
      group: outer.map(folder),
      message: `src/${path} imports only rooms above it in scripts/build/generate/import-rules.ts`,
    },
    ...(pure ? [{ group: ioModules, message: `src/${path} is pure: it does no I/O` }] : []),
  ];
  const tests = pure ? [`!src/${path}/**/*.test.ts`] : [];
  const inner = innerRooms[path] ?? [];
  return [
    override([`src/${path}/**`, ...tests], restrictions),
    ...inner.map((name, index) =>
      override([`src/${path}/${name}/**`, ...tests], [...restrictions, ...noOuter(path, inner, index)]),
    ),
  ];
}

function noOuter(path: string, inner: readonly string[], index: number): Restriction[] {
  const outer = inner.slice(index + 1);
  if (outer.length === 0) return [];
  return [
    {
      group: outer.map(folder),
      message: `src/${path}/${inner[index]} imports only ${['fault', ...inner.slice(0, index)].join(', ')}`,
    },
  ];
}

function noComponent(path: string): Restriction {
  const others = components.filter((other) => other !== path);
  return { group: others.map(folder), message: 'a component never imports another component' };
}

function folder(name: string): string {
  return `**/../${name}/**`;
}

function override(includes: string[], patterns: Restriction[]): object {
  const noRestrictedImports = { level: 'error', options: { patterns } };
  return { includes, linter: { rules: { style: { noRestrictedImports } } } };
}
