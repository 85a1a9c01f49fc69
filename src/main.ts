#!/usr/bin/env node
/** The one entry point: `kube-egress <part> [flags]`. A part's code is loaded only when it is chosen. */

type Run = (args: readonly string[]) => Promise<number | undefined>;

const parts: Record<string, { about: string; load: () => Promise<Run> }> = {
  webhook: {
    about: 'admission: injects the proxy variables, refuses bad rule sets',
    load: async () => (await import('./webhook/index.ts')).runWebhook,
  },
  controller: {
    about: 'keeps Squid, the NetworkPolicies and the certificates in place',
    load: async () => (await import('./controller/index.ts')).runController,
  },
  agent: {
    about: 'decides for the Squid beside it and writes the audit log',
    load: async () => (await import('./agent/index.ts')).runAgent,
  },
  dashboard: {
    about: 'a page and its read API: which pod was refused what, why, and what to add',
    load: async () => (await import('./dashboard/index.ts')).runDashboard,
  },
  goaccess: {
    about: 'GoAccess beside a proxy: its page and its data on one port',
    load: async () => (await import('./goaccess/index.ts')).runGoAccess,
  },
  forward: {
    about: 'beside a program that knows no proxy: takes its connections there (transparent mode)',
    load: async () => (await import('./forward/index.ts')).runForward,
  },
  closer: {
    about: 'ends connections of tunnels whose rule is gone',
    load: async () => (await import('./closer/index.ts')).runCloser,
  },
};

function usage(): string {
  const lines = Object.entries(parts).map(([name, { about }]) => `  ${name.padEnd(12)}${about}`);
  return [
    'Usage: kube-egress <part> [flags]',
    '',
    ...lines,
    '',
    'kube-egress <part> --help lists the flags.',
    '',
  ].join('\n');
}

async function main([name, ...args]: readonly string[]): Promise<number | undefined> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage());
    return 0;
  }
  const part = parts[name ?? ''];
  if (part === undefined) {
    const known = Object.keys(parts).join(', ');
    process.stderr.write(
      `kube-egress: ${name ? `unknown part "${name}"` : 'no part given'}; expected one of ${known}\n`,
    );
    return 2;
  }
  const run = await part.load();
  return run(args);
}

process.exitCode = await main(process.argv.slice(2));
