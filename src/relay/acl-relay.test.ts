import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { ACL_PREAMBLE, relayQuestions } from './acl-relay.ts';

/** An agent of the test's own: keeps what it is told and answers only when the test says so. */
class Agent {
  received = '';
  socket: Socket | undefined;
  #server: Server;

  constructor(path: string) {
    this.#server = createServer((socket) => {
      this.socket = socket;
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        this.received += chunk;
      });
      socket.on('error', () => {});
    }).listen(path);
  }

  async kill(): Promise<void> {
    this.socket?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function setUp(patienceMs = 30_000) {
  const path = join(mkdtempSync(join(tmpdir(), 'relay-')), 'agent.sock');
  const questions = new PassThrough();
  const answers = new PassThrough().setEncoding('latin1');
  const heard = { text: '' };
  answers.on('data', (chunk) => {
    heard.text += chunk;
  });
  const ended = relayQuestions({
    questions,
    answers,
    connect: () => connect(path),
    now: () => performance.now(),
    newId: () => 'relay-0',
    patienceMs,
  });
  closers.push(() => questions.end());
  return { path, questions, heard, ended };
}

const until = (what: () => boolean) => expect.poll(what, { timeout: 2000, interval: 5 }).toBe(true);

describe('relayQuestions', () => {
  it('carries questions there and answers back', async () => {
    const { path, questions, heard } = setUp();
    const agent = new Agent(path);
    questions.write('0 a\n1 ');
    questions.write('b\n');
    await until(() => agent.received === `${ACL_PREAMBLE}0 a\n1 b\n`);
    agent.socket?.write('1 OK verdict=allow\n0 OK');
    agent.socket?.write(' verdict=deny\n');
    await until(() => heard.text === '1 OK verdict=allow\n0 OK verdict=deny\n');
    await agent.kill();
  });

  it('sends again what a dead agent has left open, and only that', async () => {
    const { path, questions, heard } = setUp();
    const first = new Agent(path);
    questions.write('0 a\n1 b\n');
    await until(() => first.received.endsWith('1 b\n'));
    first.socket?.write('0 OK verdict=allow\n1 OK verd');
    await until(() => heard.text !== '');
    await first.kill();
    const second = new Agent(path);
    await until(() => second.received === `${ACL_PREAMBLE}1 b\n`);
    second.socket?.write('1 OK verdict=allow\n');
    await until(() => heard.text === '0 OK verdict=allow\n1 OK verdict=allow\n');
    await second.kill();
  });

  it('refuses what stays open for too long', async () => {
    const { questions, heard } = setUp(50);
    questions.write('7 a\n');
    await until(() => heard.text.startsWith('7 OK verdict=deny id=relay-0 reason=AgentUnavailable'));
  });

  it('ends when Squid closes its end', async () => {
    const { questions, ended } = setUp();
    questions.end();
    await ended;
  });
});
