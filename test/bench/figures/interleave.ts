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
 * Measures all contenders round by round (ABC, BCA, CAB ...), so that what the machine does beside it meets all of them
 * alike. Gives the figures of each by name, in the order of the rounds.
 */
export async function interleave<Figures>(
  contenders: readonly Contender<Figures>[],
  { rounds, progress }: Rounds,
): Promise<Map<string, Figures[]>> {
  const measured = new Map<string, Figures[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, measure } of turned(contenders, round)) {
      progress(`round ${round + 1} of ${rounds}: ${name}`);
      measured.get(name)?.push(await measure());
    }
  }
  return measured;
}

/** The same list, begun at another place each time. */
export function turned<Item>(items: readonly Item[], by: number): Item[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
