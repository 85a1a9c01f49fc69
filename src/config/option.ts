import { isIP } from 'node:net';
import { parseBytes } from '../rules/index.ts';

/** One setting: a flag and an environment variable. The flag takes precedence. */
export interface Option<T> {
  /** Without the dashes, in kebab-case. */
  flag: string;
  /** Default: KUBE_EGRESS_ and the flag in capitals. */
  env?: string;
  /** Description of a valid value, for messages: `a port (1-65535)`. */
  expected: string;
  /** Undefined for an invalid text. */
  parse: (text: string) => T | undefined;
  about: string;
  /** An option without a default is required, unless it is optional. */
  default?: T;
  optional?: boolean;
  /** The flag without a value means true. */
  isSwitch?: true;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The settings that a table describes. */
export type Settings<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends { parse: (text: string) => infer Value }
    ? Table[Name] extends { optional: true }
      ? Value
      : Exclude<Value, undefined>
    : never;
};

type Described<T> = Pick<Option<T>, 'flag' | 'env' | 'about' | 'default'>;

export function text<const D extends Described<string>>(described: D) {
  return { ...described, expected: 'a non-empty text', parse: (value: string) => value || undefined };
}

/** A text that may be left out. */
export function optionalText<const D extends Described<string>>(described: D) {
  return { ...text(described), optional: true as const };
}

export function port<const D extends Described<number>>(described: D) {
  return { ...described, expected: 'a port (1-65535)', parse: (value: string) => integer(value, 1, 65_535) };
}

/** true or false; `--name` without a value means true. */
export function flag<const D extends Described<boolean>>(described: D) {
  const parse = (value: string): boolean | undefined =>
    value === '' || value === 'true' ? true : value === 'false' ? false : undefined;
  return { ...described, expected: 'true or false', parse, isSwitch: true as const };
}

/** Milliseconds. */
export function milliseconds<const D extends Described<number>>(described: D) {
  return {
    ...described,
    expected: 'a number of milliseconds (0-600000)',
    parse: (value: string) => integer(value, 0, 600_000),
  };
}

/** Days, with up to six decimals. */
export function days<const D extends Described<number>>(described: D) {
  const parse = (value: string) =>
    /^\d{1,5}(\.\d{1,6})?$/.test(value) && Number(value) > 0 ? Number(value) : undefined;
  return { ...described, expected: 'a number of days', parse };
}

/** Days that may be left out. */
export function optionalDays<const D extends Described<number>>(described: D) {
  return { ...days(described), optional: true as const };
}

export function choice<const V extends string, const D extends Described<NoInfer<V>>>(
  values: readonly V[],
  described: D,
) {
  const parse = (value: string) => values.find((candidate) => candidate === value);
  return { ...described, expected: `one of ${values.join(', ')}`, parse };
}

/** A choice that may be left out. */
export function optionalChoice<const V extends string>(
  values: readonly V[],
  described: Described<NoInfer<V>>,
) {
  return { ...choice(values, described), optional: true as const };
}

/** Bytes, as a Kubernetes quantity such as 64Mi. */
export function bytes<const D extends Described<number>>(described: D) {
  return { ...described, expected: 'a number of bytes, such as 64Mi', parse: parseBytes };
}

/** `name/name`, both DNS labels or subdomains. */
export function namespacedName<const D extends Described<string>>(described: D) {
  const parse = (value: string) => (/^[a-z0-9-]+\/[a-z0-9.-]+$/.test(value) ? value : undefined);
  return { ...described, expected: 'namespace/name', parse };
}

/** An IP address with its port, as `127.0.0.1:53` or `[::1]:53`. */
export function endpoint<const D extends Described<string>>(described: D) {
  return { ...described, expected: 'address:port, such as 127.0.0.1:53', parse: parseEndpoint };
}

export function optionalEndpoints<const D extends Described<readonly string[]>>(described: D) {
  const parse = (value: string): readonly string[] | undefined => {
    const parsed = value.split(',').map((part) => parseEndpoint(part.trim()));
    return parsed.every((part) => part !== undefined) ? parsed : undefined;
  };
  return {
    ...described,
    expected: 'address:port, several separated by commas',
    parse,
    optional: true as const,
  };
}

/** Name and address of an upstream. */
export interface UpstreamEndpoint {
  name: string;
  /** A DNS name or an address, IPv6 without brackets. */
  host: string;
  port: number;
}

/** `name=host:port`, several separated by commas. */
export function optionalUpstreams<const D extends Described<readonly UpstreamEndpoint[]>>(described: D) {
  const parse = (value: string): readonly UpstreamEndpoint[] | undefined => {
    const parsed = value.split(',').map(parseUpstream);
    return parsed.every((part) => part !== undefined) ? parsed : undefined;
  };
  return {
    ...described,
    expected: 'name=host:port, several separated by commas',
    parse,
    optional: true as const,
  };
}

function parseUpstream(value: string): UpstreamEndpoint | undefined {
  const [, name, bracketed, host = bracketed, portText = ''] =
    /^([a-z0-9-]+)=(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(value) ?? [];
  const port = integer(portText, 1, 65_535);
  return name === undefined || host === undefined || port === undefined ? undefined : { name, host, port };
}

export function envOf({ flag, env }: Pick<Option<unknown>, 'flag' | 'env'>): string {
  return env ?? `KUBE_EGRESS_${flag.replaceAll('-', '_').toUpperCase()}`;
}

function parseEndpoint(value: string): string | undefined {
  const [, bracketed, plain = bracketed, portText = ''] =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(value) ?? [];
  return plain !== undefined && isIP(plain) !== 0 && integer(portText, 1, 65_535) !== undefined
    ? value
    : undefined;
}

function integer(value: string, least: number, most: number): number | undefined {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
