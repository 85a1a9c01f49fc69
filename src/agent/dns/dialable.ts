import { type DecisionSettings, guardAddress, parseAddress, RuleSetIndex } from '../../rules/index.ts';

/** The guard asks about a client only for what rules open; here nothing is closed for want of a rule. */
const anyone = {
  client: { kind: 'range', address: { family: 4, value: 0n, text: '0.0.0.0' } },
  port: 0,
} as const;
const book = new RuleSetIndex();

/**
 * Whether any client may dial an address, by the operator's settings alone. Squid's answers are filtered by it: they
 * are the same for all clients, so what only some of them may dial stays in, and the decision refuses the others.
 */
export function isDialable(text: string, settings: DecisionSettings | undefined): boolean {
  const address = parseAddress(text);
  if (address === undefined || settings === undefined) return false;
  return (
    guardAddress(address, anyone, { book, settings: { ...settings, privateDestinations: 'Allow' } }) ===
    undefined
  );
}
