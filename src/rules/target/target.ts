import { type AddressRange, widths } from '../address/index.ts';

/** Parsed target of a rule. Names are lower case, punycoded and without a trailing dot. */
export type Target =
  /** `name:443`: the name itself. */
  | { kind: 'exact'; name: string; port: number }
  /** `*.name:443`: every name below, at any depth, not the name itself. */
  | { kind: 'subdomains'; name: string; port: number }
  /** `.name:443`: the name and every name below. */
  | { kind: 'domain'; name: string; port: number }
  /** `*-files.name:443`, `*.a.*.name:443`: names with the parts around the asterisks. `name` is the text with them. */
  | { kind: 'pattern'; name: string; port: number }
  /** `*:443`: any public destination. */
  | { kind: 'any'; port: number }
  /** `192.0.2.7:443`, `[2001:db8::1]:443`, `192.0.2.0/24:443`, `[2001:db8::/32]:443`. */
  | { kind: 'range'; range: AddressRange; port: number };

/** Whether a target is any destination: `*:port`, or a range of all addresses. */
export function isWildcard(target: Target): boolean {
  return target.kind === 'any' || (target.kind === 'range' && target.range.prefix === 0);
}

/** Canonical text: equal targets have equal texts. */
export function formatTarget(target: Target): string {
  return `${formatHost(target)}:${target.port}`;
}

function formatHost(target: Target): string {
  switch (target.kind) {
    case 'exact':
    case 'pattern':
      return target.name;
    case 'subdomains':
      return `*.${target.name}`;
    case 'domain':
      return `.${target.name}`;
    case 'any':
      return '*';
    case 'range':
      return formatRange(target.range);
  }
}

function formatRange({ family, prefix, text }: AddressRange): string {
  const shown = prefix === widths[family] ? text.slice(0, text.lastIndexOf('/')) : text;
  return family === 6 ? `[${shown}]` : shown;
}
