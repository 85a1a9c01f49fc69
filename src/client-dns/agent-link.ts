import { Pool } from 'undici';
import type { AskedName, OutsideNames } from '../api/index.ts';

export interface AgentLinkOptions {
  /** Unix socket of the agent. */
  socketPath: string;
  /** Milliseconds for the agent to answer: it waits for the identity of a new pod. */
  timeoutMs: number;
}

/** Asks the agent of the same pod. */
export class AgentLink {
  readonly #pool: Pool;

  constructor({ socketPath, timeoutMs }: AgentLinkOptions) {
    this.#pool = new Pool('http://agent', {
      socketPath,
      connections: 16,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** Rejects if the agent does not answer. */
  async outsideNames(client: string): Promise<OutsideNames> {
    const path = `/v1/outside-names?client=${encodeURIComponent(client)}`;
    const { statusCode, body } = await this.#pool.request({ path, method: 'GET' });
    const answer = await body.json();
    if (statusCode !== 200) throw new Error(`the agent answered ${statusCode}`);
    return answer as OutsideNames;
  }

  /** Rejects if the agent does not take the list. */
  async report(asked: readonly AskedName[]): Promise<void> {
    const { statusCode, body } = await this.#pool.request({
      path: '/v1/asked-names',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    await body.dump();
    if (statusCode !== 204) throw new Error(`the agent answered ${statusCode}`);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
