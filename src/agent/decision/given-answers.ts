/** Far more than are given anew in the seconds in which the relay may give one again. */
const CAPACITY = 1 << 14;

/** What the relay was allowed to answer again by itself, by the number under which it tells of that. */
export class GivenAnswers<Outcome> {
  readonly #given: { number: number; outcome: Outcome }[] = [];
  #last = 0;

  /** Its number. */
  give(outcome: Outcome): number {
    const number = ++this.#last;
    this.#given[number % CAPACITY] = { number, outcome };
    return number;
  }

  /** Undefined where it was given too long ago, or by another agent. */
  find(number: number): Outcome | undefined {
    const given = this.#given[number % CAPACITY];
    return given?.number === number ? given.outcome : undefined;
  }
}
