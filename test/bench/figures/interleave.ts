/** One of those that are compared; `measure` gives a value for each thing that is measured. */
export interface Contender<Figures> {
  name: string;
  measure: () => Promise<Figures>;
}

export interface Rounds {
  rounds: number;
  /** Told before each measurement. */
  progress: (text: string) => void;
}

/**
 * Measures all contenders round by round (ABC, BAC, CAB ...), so that what the machine does beside it, and what the one
 * before leaves behind, meets all of them alike. Gives the figures of each by name, in the order of the rounds.
 */
export async function interleave<Figures>(
  contenders: readonly Contender<Figures>[],
  { rounds, progress }: Rounds,
): Promise<Map<string, Figures[]>> {
  const measured = new Map<string, Figures[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, measure } of inRound(contenders, round)) {
      progress(`round ${round + 1} of ${rounds}: ${name}`);
      measured.get(name)?.push(await measure());
    }
  }
  return measured;
}

/** Begun at another place each time, and every other time backwards. */
export function inRound<Item>(items: readonly Item[], round: number): Item[] {
  const step = round % 2 === 0 ? 1 : items.length - 1;
  return items.map((_, index) => items[(round + index * step) % items.length] as Item);
}
