import { runCli } from '../../src/cli/index.ts';

export interface PluginRun {
  /** Exit code. */
  code: number;
  /** What it printed on stdout, and on stderr. */
  out: string;
  notes: string;
}

export interface PluginWorld {
  kubeconfig?: string;
  /** Its stdin. */
  input?: string;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** Runs `kubectl egress LINE` in this process. Double quotes keep words together. */
export async function runPlugin(
  line: string,
  { kubeconfig, input = '', now = Date.now }: PluginWorld,
): Promise<PluginRun> {
  const ran = { out: '', notes: '' };
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const cluster = kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`];
  const code = await runCli([...words, ...cluster], {
    print: (text) => {
      ran.out += text;
    },
    note: (text) => {
      ran.notes += text;
    },
    readInput: async () => input,
    colors: false,
    now,
    interrupted: () => new AbortController().signal,
  });
  return { ...ran, code };
}
