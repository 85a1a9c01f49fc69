/** When rule sets expire, and a time that passes these moments. All times are milliseconds since the epoch. */
export class ExpiryTimes {
  /** By the key of the set. The keys are texts, which tenants cannot choose so that they share a bucket. */
  readonly #times = new Map<string, number>();
  #now = Number.NEGATIVE_INFINITY;
  #bounds: { last: number; next: number } | undefined;

  /** The time that rule sets are compared with. */
  get now(): number {
    return this.#now;
  }

  /** The next moment at which a set expires: infinite if every one has expired, undefined if none ever does. */
  get next(): number | undefined {
    return this.#times.size === 0 ? undefined : this.#findBounds().next;
  }

  /** An infinite time is not kept. */
  set(key: string, time: number): void {
    this.delete(key);
    if (time === Number.POSITIVE_INFINITY) return;
    this.#times.set(key, time);
    if (this.#bounds !== undefined) this.#bounds = this.#widen(this.#bounds, time);
  }

  delete(key: string): void {
    const time = this.#times.get(key);
    if (time === undefined) return;
    this.#times.delete(key);
    if (time === this.#bounds?.last || time === this.#bounds?.next) this.#bounds = undefined;
  }

  /** Whether a set would expire if this were the time, or would not have expired yet: a clock can be set back. */
  changesAt(now: number): boolean {
    const { last, next } = this.#findBounds();
    return now >= next || now < last;
  }

  setNow(now: number): void {
    if (this.changesAt(now)) this.#bounds = undefined;
    this.#now = now;
  }

  #findBounds(): { last: number; next: number } {
    if (this.#bounds === undefined) {
      let bounds = { last: Number.NEGATIVE_INFINITY, next: Number.POSITIVE_INFINITY };
      for (const time of this.#times.values()) bounds = this.#widen(bounds, time);
      this.#bounds = bounds;
    }
    return this.#bounds;
  }

  #widen({ last, next }: { last: number; next: number }, time: number): { last: number; next: number } {
    return time <= this.#now ? { last: Math.max(last, time), next } : { last, next: Math.min(next, time) };
  }
}
