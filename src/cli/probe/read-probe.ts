/** What came of the connection to the proxy itself. */
export interface ProxyReached {
  /** Exit code of curl. */
  code: number;
  /** The address that the name has; undefined if it was not resolved or did not answer. */
  address: string | undefined;
  /** Seconds. */
  lookup: number;
  /** Seconds until the connection was there; 0: there was none. */
  connect: number;
}

/** One URL through the proxy. */
export interface Attempt {
  url: string;
  /** Exit code of curl; undefined while it runs. */
  code: number | undefined;
  /** Status of the proxy's answer to CONNECT; 0: none. */
  connectStatus: number;
  /** Status of the last answer; 0: none. */
  status: number;
  seconds: number;
  /** The refusal of kube-egress, as X-Egress-Decision says it. */
  refusal: string | undefined;
  /** The message of curl. */
  error: string | undefined;
}

/** What a probe pod has printed so far. */
export interface Probe {
  /** URL of the proxy, as the variables say it; empty: they are missing; undefined: not there yet. */
  variables: string | undefined;
  proxy: ProxyReached | undefined;
  attempts: Attempt[];
  /** The connection without the proxy. */
  direct: ProxyReached | undefined;
}

/** Reads what the script of the probe pod printed. */
export function readProbe(lines: readonly string[]): Probe {
  const probe: Probe = { variables: undefined, proxy: undefined, attempts: [], direct: undefined };
  for (const line of lines) readLine(probe, line);
  return probe;
}

function readLine(probe: Probe, line: string): void {
  const [, name = '', text = ''] = /^@(\w+) ?(.*)$/.exec(line) ?? [];
  const attempt = probe.attempts.at(-1);
  if (name === '') {
    if (attempt !== undefined) readMessage(attempt, line);
    return;
  }
  readResult(probe, name, text);
}

const results: Readonly<Record<string, (probe: Probe, text: string) => void>> = {
  variables(probe, text) {
    probe.variables = text;
  },
  proxy(probe, text) {
    probe.proxy = readReached(text);
  },
  direct(probe, text) {
    probe.direct = readReached(text);
  },
  url(probe, url) {
    const nothing = { code: undefined, connectStatus: 0, status: 0, seconds: 0 };
    probe.attempts.push({ url, ...nothing, refusal: undefined, error: undefined });
  },
  answer(probe, text) {
    const [connectStatus = 0, status = 0, seconds = 0] = text.split(' ').map(Number);
    Object.assign(probe.attempts.at(-1) ?? {}, { connectStatus, status, seconds });
  },
  exit(probe, text) {
    Object.assign(probe.attempts.at(-1) ?? {}, { code: Number(text) });
  },
};

function readResult(probe: Probe, name: string, text: string): void {
  results[name]?.(probe, text);
}

function readReached(text: string): ProxyReached {
  const [code, lookup, connect, address] = text.split(' ');
  return {
    code: Number(code),
    address: address || undefined,
    lookup: Number(lookup),
    connect: Number(connect),
  };
}

function readMessage(attempt: Attempt, line: string): void {
  const [, refusal] = /^< x-egress-decision: (.*?)\r?$/i.exec(line) ?? [];
  if (refusal !== undefined) attempt.refusal = refusal;
  const [, error] = /^curl: (\(\d+\) .*)$/.exec(line) ?? [];
  if (error !== undefined) attempt.error = error;
}
