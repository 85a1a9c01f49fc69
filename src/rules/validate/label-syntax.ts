import { clip } from '../fault.ts';

/** Syntax of label keys and values, as in apimachinery's validation.IsQualifiedName and IsValidLabelValue. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const LONGEST_SUBDOMAIN = 253;

export function labelKeyFault(key: string): string | undefined {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  const good = more.length === 0 && NAME.test(name) && (prefix === undefined || isSubdomain(prefix));
  return good ? undefined : `"${clip(key)}" is not a label key such as app or example.com/app`;
}

export function labelValueFault(value: string): string | undefined {
  return value === '' || NAME.test(value)
    ? undefined
    : `"${clip(value)}" is not a label value: up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`;
}

/** Whether a text is a DNS label (RFC 1123), as names of namespaces and Services are. */
export function isDnsLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

export function isSubdomain(text: string): boolean {
  return text.length <= LONGEST_SUBDOMAIN && SUBDOMAIN.test(text);
}
