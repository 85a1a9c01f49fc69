import type { Mode } from '../../api/index.ts';
import { isEnforcing } from '../../api/index.ts';
import { plainText } from '../../counts/index.ts';
import type { Io } from '../io.ts';
import { paint } from '../output/index.ts';
import type { Attempt, Probe, ProxyReached } from './read-probe.ts';

/** What came of one step of a probe. */
export interface Step {
  title: string;
  isGood: boolean;
  message: string;
}

/** The steps that have a result, by the name with which the script prints it. */
export interface Steps {
  variables?: Step;
  proxy?: Step;
  /** The last URL. */
  exit?: Step;
  direct?: Step;
}

/** Says what each step of a probe means in a namespace of this mode. */
export function assessProbe({ variables, proxy, attempts, direct }: Probe, mode: Mode): Steps {
  const attempt = attempts.at(-1);
  return {
    ...(variables !== undefined && { variables: assessVariables(variables) }),
    ...(proxy && { proxy: assessProxy(proxy) }),
    ...(attempt?.code !== undefined && { exit: assessAttempt(attempt) }),
    ...(direct && { direct: assessDirect(direct, mode) }),
  };
}

function assessVariables(proxy: string): Step {
  const title = 'The proxy of the pod';
  return proxy === ''
    ? {
        title,
        isGood: false,
        message:
          'none: the pod has no HTTPS_PROXY; the namespace has not opted in, or the webhook did not answer: see kubectl egress status',
      }
    : { title, isGood: true, message: proxy };
}

/** Milliseconds, for readers. */
const milliseconds = (seconds: number) => `${Math.round(seconds * 1000)} ms`;

function assessProxy({ code, address, lookup, connect }: ProxyReached): Step {
  const title = 'Name of the proxy, and a connection to it';
  if (connect > 0)
    return {
      title,
      isGood: true,
      message: `${address ?? ''} resolved in ${milliseconds(lookup)}, connected in ${milliseconds(connect - lookup)}`,
    };
  return { title, isGood: false, message: `${withoutConnection[code] ?? CLOSED} (curl: ${code})` };
}

const CLOSED = 'no connection: a NetworkPolicy closes it, or the proxy does not run';
/** By the exit code of curl. */
const withoutConnection: Readonly<Record<number, string>> = {
  1: 'not tried: the curl of this image lacks FTP, with which it connects and sends nothing',
  6: 'the name does not resolve',
};

function assessAttempt({ url, code, status, connectStatus, seconds, refusal, error }: Attempt): Step {
  const title = `${url} through the proxy`;
  if (refusal !== undefined) return { title, isGood: false, message: `refused: ${plainText(refusal)}` };
  if (code !== 0) return { title, isGood: false, message: error ?? `curl: (${code})` };
  const tunnel = connectStatus === 0 ? '' : `tunnel ${connectStatus}, `;
  return { title, isGood: true, message: `${tunnel}status ${status} in ${milliseconds(seconds)}` };
}

function assessDirect({ code, address, connect }: ProxyReached, mode: Mode): Step {
  const title = 'Without the proxy';
  if (connect === 0) {
    const why = isEnforcing(mode) ? 'as it should be' : `although mode ${mode} drops none`;
    return { title, isGood: true, message: `no connection, ${why} (curl: ${code})` };
  }
  const reached = `connected to ${address ?? 'the target'}`;
  return isEnforcing(mode)
    ? {
        title,
        isGood: false,
        message: `${reached}: the CNI does not enforce NetworkPolicies, or directTargets or another policy opens it`,
      }
    : { title, isGood: true, message: `${reached}; mode enforce would drop it` };
}

/** A step as a line for readers. */
export function renderStep(step: Step | undefined, io: Pick<Io, 'colors'>): string {
  if (step === undefined) return '';
  const word = step.isGood ? paint(io, 'green', 'ok  ') : paint(io, 'red', 'FAIL');
  return `${word}  ${step.title}: ${step.message}\n`;
}
