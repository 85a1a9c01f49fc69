#!/usr/bin/env node
/** The one entry point: `kube-egress <component> [flags]`. The code of a component is loaded when it is chosen. */
import { type ComponentName, componentAbout } from './config/index.ts';

/** Resolves with the exit code. */
type Run = (args: readonly string[]) => Promise<number>;

const components: Record<ComponentName, () => Promise<Run>> = {
  webhook: async () => (await import('./webhook/index.ts')).runWebhook,
  controller: async () => (await import('./controller/index.ts')).runController,
  agent: async () => (await import('./agent/index.ts')).runAgent,
  dashboard: async () => (await import('./dashboard/index.ts')).runDashboard,
  goaccess: async () => (await import('./goaccess/index.ts')).runGoAccess,
  forward: async () => (await import('./forward/index.ts')).runForward,
  'client-dns': async () => (await import('./client-dns/index.ts')).runClientDns,
  closer: async () => (await import('./closer/index.ts')).runCloser,
};

function usage(): string {
  const lines = Object.entries(componentAbout).map(([name, about]) => `  ${name.padEnd(12)}${about}`);
  return [
    'Usage: kube-egress <component> [flags]',
    '',
    ...lines,
    '',
    'kube-egress <component> --help lists the flags.',
    '',
  ].join('\n');
}

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage());
    return 0;
  }
  if (!isComponent(name)) {
    const known = Object.keys(components).join(', ');
    const fault = name === '' ? 'no component given' : `unknown component "${name}"`;
    process.stderr.write(`kube-egress: ${fault}; expected one of ${known}\n`);
    return 2;
  }
  const run = await components[name]();
  return run(args);
}

function isComponent(name: string): name is ComponentName {
  return Object.hasOwn(components, name);
}

// Connections that are still open must not keep a stopped component alive.
process.exit(await main(process.argv.slice(2)));
