import { clip } from '../fault.ts';

/** Kubernetes' syntax of label keys and values: apimachinery's validation.IsQualifiedName and IsValidLabelValue. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const LONGEST_SUBDOMAIN = 253;

export function labelKeyFault(key: string): string | undefined {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  const good = more.length === 0 && NAME.test(name) && (prefix === undefined || isSubdomain(prefix));
  return good ? undefined : `"${clip(key)}" is no label key, such as app or example.com/app`;
}

export function labelValueFault(value: string): string | undefined {
  return value === '' || NAME.test(value)
    ? undefined
    : `"${clip(value)}" is no label value: up to 63 letters, digits, "-", "_" and ".", a letter or digit at both ends`;
}

/** A DNS label (RFC 1123), as names of namespaces and Services are. */
export function isDnsLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

export function isSubdomain(text: string): boolean {
  return text.length <= LONGEST_SUBDOMAIN && SUBDOMAIN.test(text);
}
