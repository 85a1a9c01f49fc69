import { plainText } from '../../counts/index.ts';
import type { Attempt, Probe } from './read-probe.ts';

/** What came of one target that a pod requested through the proxy. */
export interface LiveTarget {
  /** `passed`: the proxy let it through, whatever the origin answered; `failed`: there is no answer of the proxy. */
  outcome: 'passed' | 'refused' | 'failed';
  /** One line for readers. */
  message: string;
}

/** The URL with which a pod requests a target. A port that is no web port gets a tunnel. Undefined if it is no host of a URL. */
export function liveUrl({ host, port }: { host: string; port: number }): string | undefined {
  const url = URL.parse(`${port === 443 ? 'https' : 'http'}://${host}:${port}/`);
  // A host with a path, a query or user information is none.
  if (url === null || url.href !== `${url.origin}/`) return undefined;
  return port === 443 || port === 80 ? url.href : `connect:${url.href}`;
}

/** Says what the proxy did with one attempt of a probe; undefined: the pod did not come to it. */
export function assessLive(
  attempt: Attempt | undefined,
  { variables }: Pick<Probe, 'variables'>,
): LiveTarget {
  if (attempt?.code === undefined)
    return {
      outcome: 'failed',
      message: variables === '' ? 'not tried: the pod has no HTTPS_PROXY' : 'not tried',
    };
  const { code, connectStatus, status, seconds, refusal, error } = attempt;
  if (refusal !== undefined) return { outcome: 'refused', message: plainText(refusal) };
  const failure = error ?? `curl: (${code})`;
  if (connectStatus >= 300) return { outcome: 'failed', message: `tunnel ${connectStatus}: ${failure}` };
  if (connectStatus > 0 && code !== 0)
    return { outcome: 'passed', message: `tunnel ${connectStatus}, then ${failure}` };
  if (code !== 0) return { outcome: 'failed', message: failure };
  const tunnel = connectStatus === 0 ? '' : `tunnel ${connectStatus}, `;
  return { outcome: 'passed', message: `${tunnel}status ${status} in ${Math.round(seconds * 1000)} ms` };
}
