import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { Exchange } from './exchange.ts';
import { LineSplitter } from './line-splitter.ts';
import { unavailableAnswer } from './unavailable.ts';

export interface AclRelayOptions {
  /** Squid's questions; its end is the end of the relay. */
  questions: Readable;
  /** Squid's ear. */
  answers: Writable;
  /** Opens a new connection to the agent. */
  connect: () => Socket;
  /** Monotonic milliseconds. */
  now: () => number;
  /** An identifier for an answer that the relay gives by itself. */
  newId: () => string;
  /** Milliseconds that a question may wait for the agent, restarts included. */
  patienceMs?: number;
}

/** Tells the agent what a connection is for, and in which version of the protocol. */
export const ACL_PREAMBLE = 'acl 1\n';
/** Milliseconds; Squid's own patience with a helper is without end. */
const PATIENCE = 30_000;
/** Milliseconds between attempts to reach the agent: first and longest. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 250;

/**
 * Carries questions to the agent and answers back, and outlives the agent: whatever is unanswered when a connection
 * ends is sent again on the next. Resolves when Squid closes its end.
 */
export function relayQuestions(options: AclRelayOptions): Promise<void> {
  const { questions, answers, connect, now, newId, patienceMs = PATIENCE } = options;
  const exchange = new Exchange(patienceMs);
  const fromSquid = new LineSplitter();
  const fromAgent = new LineSplitter();
  let agent: Socket | undefined;
  let connected = false;
  let pause = FIRST_PAUSE;
  let expiry: NodeJS.Timeout | undefined;
  let ended = false;

  const send = (lines: string[]) => {
    if (lines.length > 0) agent?.write(`${lines.join('\n')}\n`, 'latin1');
  };
  const answer = (lines: string[]) => {
    if (lines.length > 0) answers.write(`${lines.join('\n')}\n`, 'latin1');
  };

  const watchExpiry = () => {
    const { nextDeadline } = exchange;
    if (expiry !== undefined || nextDeadline === undefined) return;
    expiry = setTimeout(
      () => {
        expiry = undefined;
        answer(exchange.expire(now()).map((channel) => unavailableAnswer(channel, newId())));
        watchExpiry();
      },
      Math.max(1, nextDeadline - now()),
    );
  };

  const open = () => {
    if (ended) return;
    agent = connect().setEncoding('latin1');
    agent.on('connect', () => {
      connected = true;
      agent?.write(ACL_PREAMBLE, 'latin1');
      send(exchange.unanswered());
    });
    agent.on('data', (chunk: string) => {
      pause = FIRST_PAUSE;
      answer(fromAgent.push(chunk).filter((line) => exchange.settle(line)));
    });
    // A close follows every error.
    agent.on('error', () => {});
    agent.on('close', () => {
      connected = false;
      fromAgent.reset();
      setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    });
  };

  questions.setEncoding('latin1').on('data', (chunk: string) => {
    const lines = fromSquid.push(chunk);
    for (const line of lines) exchange.ask(line, now());
    if (connected) send(lines);
    watchExpiry();
  });
  open();
  return new Promise((resolve) => {
    const end = () => {
      ended = true;
      clearTimeout(expiry);
      agent?.destroy();
      resolve();
    };
    questions.once('end', end).once('error', end);
  });
}
