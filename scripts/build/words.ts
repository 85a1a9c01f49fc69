/** A word or an idiom that this project does not use, and what to write instead. */
export interface WordRule {
  pattern: RegExp;
  write: string;
}

/** Rules for any text: comments, strings, Markdown, YAML. The glossary (docs/glossary.md) has the words to use. */
export const wordRules: readonly WordRule[] = [
  { pattern: /\bat once\b/i, write: '"immediately", or "in one step", "at the same time"' },
  { pattern: /\banew\b/i, write: '"again"' },
  {
    pattern: /\bjudg(?:e|es|ed|ing|e?ments?)\b/i,
    write: 'check, validate, decide, evaluate; a handler for the noun',
  },
  {
    pattern: /\b(?:nobody|somebody|anybody|whoever)\b/i,
    write: 'the noun: "no client", "another process", "a user who ..."',
  },
  {
    pattern: /\b(?:for|to|by|of) (?:who|whom) (?:may|has|have|can)\b/i,
    write: 'the noun: "for users who may ..."',
  },
  { pattern: /\b(?:stands? for|stood for)\b/i, write: '"means", "represents", "is the placeholder of"' },
  {
    pattern: /\b(?:stands?|stood|standing) (?:in|on|at|as|there|beside|behind|before|first|alone)\b/i,
    write: '"is", "exists", "comes first"',
  },
  {
    pattern: /\b(?:is|are|was|were|be|been|being|get|gets|not) told\b(?! apart)/i,
    write: '"notified", "reported", "knows"',
  },
  { pattern: /\btold (?:of|about|by|that|what|at|to)\b/i, write: '"notified", "reported"' },
  { pattern: /\b(?:hears?|heard) (?:of|nothing)\b/i, write: '"learns", "receives", "is notified of"' },
  { pattern: /\bthe world\b/i, write: '"I/O", "the internet", "the internet simulator"' },
  { pattern: /\bthe same of\b/i, write: 'the noun again, or "its ..."' },
  { pattern: /\ball the same\b/i, write: '"anyway", "nevertheless"' },
  { pattern: /\b(?:goes|go|went|going) on\b(?! strike)/i, write: '"continues", "keeps running"' },
  { pattern: /\bno more(?=[.,;:)])/i, write: '"no longer"' },
  { pattern: /\bon (?:its|the|their) way out\b/i, write: '"terminating"' },
  { pattern: /\bof yours\b/i, write: '"your own"' },
  { pattern: /\bunfit\b/i, write: '"invalid", "malformed"' },
  { pattern: /\b(?:each|every) part\b(?! of\b)/i, write: '"component"' },
];

/** Rules for the first words of a doc comment, which is a sentence with a subject. */
export const openingRules: readonly WordRule[] = [
  { pattern: /^Of\b/, write: 'the noun first: "Port that Squid listens on.", not "Of Squid."' },
  { pattern: /^(?:Those|These)\b/, write: 'the noun first: "Rules that ...", not "Those that ..."' },
  { pattern: /^The same\b/, write: 'what it is, not "The same ..."' },
  { pattern: /^Also\b/, write: 'a sentence of its own, not "Also ..."' },
];
