import fc from 'fast-check';
import { CRLF } from '../corpus/row.ts';

/** The words that the fuzzer plays with. */
export interface Words {
  allowed: string;
  /** Names and addresses that no rule allows. */
  denied: readonly string[];
  ports: readonly number[];
}

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** Most often as it is. */
function sometimes<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

const percentEncode = (letter: string) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
const inserted = oneOf(
  '.',
  '%2e',
  '%00',
  '%',
  '@',
  ':',
  '/',
  '\\',
  '#',
  '?',
  ' ',
  '\t',
  '\0',
  '\r',
  '\n',
  '\x7f',
  '\xc3\xa9',
  '%2f',
  '%40',
  '[',
  ']',
  '\xef\xbc\x8e',
  '_',
  '-',
  '*',
);

/** One change to a text: a letter encoded, in capitals, doubled, gone, or something put in. */
function changed(text: string): fc.Arbitrary<string> {
  const at = fc.nat(Math.max(0, text.length - 1));
  const on = (change: (letter: string) => string) =>
    at.map((index) => text.slice(0, index) + change(text[index] ?? '') + text.slice(index + 1));
  return fc.oneof(
    on(percentEncode),
    on((letter) => letter.toUpperCase()),
    on((letter) => letter + letter),
    on(() => ''),
    fc.tuple(at, inserted).map(([index, put]) => text.slice(0, index) + put + text.slice(index)),
    inserted.map((put) => text + put),
    inserted.map((put) => put + text),
  );
}

/** None, one or some changes to a text. */
function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: text },
    { weight: 3, arbitrary: text.chain(changed) },
    { weight: 1, arbitrary: text.chain(changed).chain(changed).chain(changed) },
  );
}

function hosts({ allowed, denied }: Words): fc.Arbitrary<string> {
  const plain = fc.oneof(oneOf(allowed), oneOf(...denied));
  const joined = fc.tuple(
    plain,
    oneOf('@', ':80@', '.', '%2e', '%40', '\\@', '#@', '?@', ' ', ',', ';'),
    plain,
  );
  return mutated(
    sometimes(
      plain,
      joined.map((parts) => parts.join('')),
      4,
    ),
  );
}

function ports({ ports: known }: Words): fc.Arbitrary<string> {
  const odd = oneOf(
    '',
    ':',
    ':0',
    ':080',
    ':65616',
    ':4294967376',
    ':-80',
    ':80.',
    ':80 ',
    ':80:443',
    ':http',
  );
  return sometimes(oneOf(...known.map((port) => `:${port}`)), odd, 5);
}

const framings: readonly (readonly string[])[] = [
  [],
  ['Content-Length: 0'],
  ['Content-Length: 0', 'Content-Length: 40'],
  ['Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked', 'Content-Length: 4'],
  ['Transfer-Encoding:', ' chunked'],
  ['Transfer-Encoding: xchunked', 'Content-Length: 7'],
  ['Expect: 100-continue', 'Content-Length: 3'],
];

interface Shape {
  method: string;
  target: string;
  version: string;
  headers: readonly string[];
  body: string;
  lineEnd: string;
}

function write({ method, target, version, headers, body, lineEnd }: Shape): string {
  return [`${method} ${target}${version}`, ...headers, '', body].join(lineEnd);
}

function shapes(words: Words, id: string): fc.Arbitrary<Shape> {
  const host = hosts(words);
  const port = ports(words);
  const authority = fc.tuple(host, port).map((parts) => parts.join(''));
  const scheme = sometimes(
    oneOf('http://'),
    oneOf('HTTP://', 'https://', 'http:/', 'http:', '//', 'ftp://', 'ws://', ''),
    5,
  );
  const path = mutated(oneOf(`/${id}`));
  const url = fc.tuple(scheme, authority, path).map((parts) => parts.join(''));
  const framing = sometimes(oneOf<readonly string[]>([]), oneOf(...framings), 2);
  const extra = sometimes(
    oneOf<readonly string[]>([]),
    authority.map((text) => [`X-Forwarded-Host: ${text}`, 'Proxy-Connection: keep-alive']),
    4,
  );
  const connect = fc.record({ method: oneOf('CONNECT'), target: authority });
  const plain = fc.record({
    method: sometimes(
      oneOf('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'),
      oneOf('get', 'TRACE', 'PURGE', 'X', ' GET', 'GET '),
      6,
    ),
    target: sometimes(url, oneOf(`/${id}`, '*', ''), 9),
  });
  return fc
    .record({
      first: fc.oneof(connect, plain),
      version: sometimes(
        oneOf(' HTTP/1.1'),
        oneOf(' HTTP/1.0', ' HTTP/0.9', ' HTTP/2.0', ' HTTP/9.9', '', '  HTTP/1.1', '\tHTTP/1.1'),
        6,
      ),
      hostHeader: fc.oneof(
        authority.map((text) => [`Host: ${text}`]),
        fc.tuple(authority, authority).map(([a, b]) => [`Host: ${a}`, `Host: ${b}`]),
        oneOf<string[]>([]),
      ),
      framing,
      extra,
      body: sometimes(oneOf(''), oneOf(`0${CRLF}${CRLF}`, 'abc', `3${CRLF}abc${CRLF}0${CRLF}${CRLF}`), 2),
      lineEnd: sometimes(oneOf(CRLF), oneOf('\n', '\r'), 8),
    })
    .map(({ first, version, hostHeader, framing, extra, body, lineEnd }) => ({
      ...first,
      version,
      headers: [...hostHeader, ...framing, ...extra, 'Connection: close'],
      body,
      lineEnd,
    }));
}

/** Raw requests around allowed and denied names, sometimes one behind the other. One character a byte. */
export function rawRequests(words: Words): fc.Arbitrary<string> {
  const one = fc.nat(0xffffff).chain((number) => shapes(words, `f${number.toString(16)}`).map(write));
  const two = fc.tuple(one, one).map((both) => both.join(''));
  return sometimes(one, two, 6);
}
