/** What is written in the place of something secret. */
export const REDACTED = 'REDACTED';

/** Names of variables, headers and fields whose values are credentials. */
const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret$|token|credential|authorization|cookie|api[-_]?key|private[-_]?key|access[-_]?key/i;

/** Annotations that repeat the whole object as it was applied. */
const copies: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision-history',
]);

/**
 * JSON without what is secret: query strings and user information of URLs, values of variables and fields whose names say
 * so, the data of Secrets, tokens and private keys wherever they are. It also leaves out what repeats an object.
 */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  const isSecret = fields['kind'] === 'Secret';
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, inner]) => {
      if (key === 'managedFields' || copies.has(key)) return [];
      return [[key, isSecretField(fields, key, isSecret) ? hide(inner) : redact(inner)]];
    }),
  );
}

/** A field by its name, the value of a variable by the variable's name, and the content of a Secret. */
function isSecretField(fields: Record<string, unknown>, key: string, isSecret: boolean): boolean {
  if (isSecret && (key === 'data' || key === 'stringData')) return true;
  if (key === 'value') return SECRET_NAME.test(String(fields['name']));
  return typeof fields[key] === 'string' && SECRET_NAME.test(key);
}

function hide(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return REDACTED;
  return Object.fromEntries(Object.keys(value).map((key) => [key, REDACTED]));
}

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
/** The space may be escaped, as in a URL. */
const CREDENTIALS = /\b(bearer|basic)(\s+|%20|\+)[^\s"',;]+/gi;
const JSON_WEB_TOKEN = /\beyJ[\w-]+\.[\w-]*\.?[\w-]*/g;
const USER_INFORMATION = /(:\/\/)[^\s/@]*@/g;
const QUERY = /\?\S+/g;

/** A text without query strings, user information, tokens and keys; a line of JSON is redacted as what it contains. */
export function redactText(text: string): string {
  const parsed = parseObject(text);
  if (parsed !== undefined) return JSON.stringify(redact(parsed));
  return text
    .replace(PRIVATE_KEY, REDACTED)
    .replace(CREDENTIALS, `$1 ${REDACTED}`)
    .replace(JSON_WEB_TOKEN, REDACTED)
    .replace(USER_INFORMATION, `$1${REDACTED}@`)
    .replace(QUERY, `?${REDACTED}`);
}

function parseObject(text: string): object | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
