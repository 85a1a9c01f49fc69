/** One line each way: Squid's question, and the answer that begins with the same channel id. */
interface Question {
  line: string;
  /** Monotonic milliseconds. */
  deadline: number;
}

/**
 * The questions that Squid has asked and nobody has answered yet, oldest first. Squid never uses a channel id twice
 * while it waits for it.
 */
export class Exchange {
  readonly #pending = new Map<string, Question>();
  readonly #patienceMs: number;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  ask(line: string, now: number): void {
    this.#pending.set(channelOf(line), { line, deadline: now + this.#patienceMs });
  }

  /** Whether Squid still waits for this answer. The second answer to a question that was sent twice is not. */
  settle(answer: string): boolean {
    return this.#pending.delete(channelOf(answer));
  }

  /** What a new connection has to carry again. */
  unanswered(): string[] {
    return Array.from(this.#pending.values(), ({ line }) => line);
  }

  /** Takes out the questions that have waited too long and gives their channel ids. */
  expire(now: number): string[] {
    const channels: string[] = [];
    for (const [channel, { deadline }] of this.#pending) {
      if (deadline > now) break;
      channels.push(channel);
    }
    for (const channel of channels) this.#pending.delete(channel);
    return channels;
  }

  /** When the oldest question expires; undefined with none. */
  get nextDeadline(): number | undefined {
    const [oldest] = this.#pending.values();
    return oldest?.deadline;
  }
}

function channelOf(line: string): string {
  const end = line.indexOf(' ');
  return end < 0 ? line : line.slice(0, end);
}
