import { hostName } from './network.ts';

export const FEW = 10;
export const MANY = 10_000;

/** The names that rules allow: the first `count`. */
export function ruleNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => hostName(index));
}

/** The names that are asked for: ten, spread over all that the rules allow, so that DNS costs the same everywhere. */
export function askedNames(count: number): string[] {
  return Array.from({ length: FEW }, (_, index) => hostName(Math.floor((index * count) / FEW)));
}
