import {
  CRLF,
  chunk,
  connectTo,
  END,
  get,
  malformed,
  type Places,
  passed,
  type Row,
  refused,
  request,
  silent,
} from './row.ts';

/** Two readers of one stream that disagree where a request ends: the second request must be checked by itself. */
export function smuggling({ allowed, denied }: Places): Row[] {
  const host = `Host: ${allowed}`;
  const url = (path: string) => `POST http://${allowed}${path} HTTP/1.1`;
  const hidden = (path: string) => get(`http://${denied}${path}/hidden`, denied);
  return [
    [
      'Content-Length and Transfer-Encoding',
      'a reader of the length sees one request, a reader of the chunks two',
      (path) =>
        request(
          url(path),
          [host, `Content-Length: ${5 + hidden(path).length}`, 'Transfer-Encoding: chunked'],
          `0${END}${hidden(path)}`,
        ),
      { answers: [200, 403], arrives: [''] },
    ],
    [
      'two Content-Lengths',
      'the shorter one leaves a request behind',
      (path) =>
        request(
          url(path),
          [host, 'Content-Length: 0', `Content-Length: ${hidden(path).length}`],
          hidden(path),
        ),
      malformed,
    ],
    [
      'a list of Content-Lengths',
      'as before, in one field',
      (path) => request(url(path), [host, `Content-Length: 0, ${hidden(path).length}`], hidden(path)),
      malformed,
    ],
    [
      'a negative Content-Length',
      'an integer that wraps',
      (path) => request(url(path), [host, 'Content-Length: -1'], hidden(path)),
      malformed,
    ],
    [
      'a Content-Length with a plus',
      'strtoll takes it, RFC 9110 does not',
      (path) => request(url(path), [host, 'Content-Length: +0'], hidden(path)),
      malformed,
    ],
    [
      'a huge Content-Length',
      'an integer that wraps to a small one',
      (path) => request(url(path), [host, `Content-Length: 18446744073709551616`], hidden(path)),
      malformed,
    ],
    [
      'Transfer-Encoding in another spelling',
      'a server that does not know it goes by the length',
      (path) =>
        request(
          url(path),
          [host, 'Transfer-Encoding: xchunked', 'Content-Length: 4'],
          `0${END}${hidden(path)}`,
        ),
      { answers: [501] },
    ],
    [
      'two Transfer-Encodings',
      'one reader takes the first, one the last',
      (path) =>
        request(
          url(path),
          [host, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
          `0${END}${hidden(path)}`,
        ),
      { answers: [501] },
    ],
    [
      'a space before the colon',
      'ignored by one reader, taken by the other',
      (path) =>
        request(
          url(path),
          [host, 'Transfer-Encoding : chunked', 'Content-Length: 4'],
          `0${END}${hidden(path)}`,
        ),
      malformed,
    ],
    [
      'a folded Transfer-Encoding',
      'obs-fold: a value on the next line',
      (path) =>
        request(
          url(path),
          [host, 'Transfer-Encoding:', ' chunked', 'Content-Length: 4'],
          `0${END}${hidden(path)}`,
        ),
      { answers: [200, 403], arrives: [''] },
    ],
    [
      'a chunk that is longer than it says',
      'the rest reads as a request',
      (path) => request(url(path), [host, 'Transfer-Encoding: chunked'], `1${CRLF}${hidden(path)}`),
      silent,
    ],
    [
      'a chunk extension with a bare LF',
      'a reader that ends lines at LF sees another chunk',
      (path) => request(url(path), [host, 'Transfer-Encoding: chunked'], `0;a=\n${hidden(path)}`),
      silent,
    ],
    [
      'a request behind a body',
      'pipelining: each is checked by itself',
      (path) => request(url(path), [host, 'Content-Length: 2'], `hi${hidden(path)}`),
      { answers: [200, 403], arrives: [''] },
    ],
    [
      'a request behind chunks',
      'as before',
      (path) =>
        request(url(path), [host, 'Transfer-Encoding: chunked'], `${chunk('hi')}0${END}${hidden(path)}`),
      { answers: [200, 403], arrives: [''] },
    ],
    [
      'a request behind the CONNECT that is refused',
      'it must not be taken for an answer to it',
      (path) => connectTo(`${denied}:443`) + hidden(path),
      { answers: [403, 403] },
    ],
    [
      'a body in a GET',
      'a body that a reader does not expect reads as a request: Squid forwards it as the body that it is',
      (path) =>
        request(
          `GET http://${allowed}${path} HTTP/1.1`,
          [host, `Content-Length: ${hidden(path).length}`],
          hidden(path),
        ),
      passed,
    ],
  ];
}

/** Lines that are none by the letter of RFC 9112. */
export function malformedLines({ allowed, denied }: Places): Row[] {
  const url = (path: string) => `http://${allowed}${path}`;
  return [
    [
      'bare LF',
      'taken by some, refused by others',
      (path) => get(url(path), allowed).replaceAll(CRLF, '\n'),
      passed,
    ],
    [
      'bare CR in the target',
      'a line end to some',
      (path) => get(`${url(path)}\rHost: ${denied}`, allowed),
      passed,
    ],
    [
      'bare CR in a header',
      'a line end to some',
      (path) => get(url(path), allowed, [`X: a\rHost: ${denied}`]),
      passed,
    ],
    [
      'NUL in the host',
      'a C string ends there',
      (path) => get(`http://${allowed}\0.${denied}${path}`, allowed),
      malformed,
    ],
    ['NUL in a header', 'as before', (path) => get(url(path), allowed, ['X: a\0b']), malformed],
    [
      'a tab for a space',
      'where the target begins',
      (path) => get(url(path), allowed).replace(' ', '\t'),
      passed,
    ],
    [
      'spaces in the target',
      'where it ends',
      (path) => get(`http://${denied} .${allowed}${path}`, allowed),
      refused,
    ],
    [
      'a control character in the host',
      'a name that shows as another',
      (path) => get(`http://${allowed}\x01${path}`, allowed),
      malformed,
    ],
    [
      'a tab in the host',
      'the URL standard takes it out',
      (path) => get(`http://de\tnied${path}`, allowed),
      refused,
    ],
    ['DEL in a CONNECT', 'as before', () => connectTo(`${allowed}\x7f:443`), malformed],
    ['bytes over 127 in a CONNECT', 'no UTF-8', () => connectTo(`\xff\xfe.${allowed}:443`), refused],
    [
      'CR LF in a CONNECT, percent-encoded',
      'decoded twice it splits',
      () => connectTo(`${allowed}%0d%0aHost:443`),
      refused,
    ],
    ['a header without a name', 'skipped by some', (path) => get(url(path), allowed, [': x']), malformed],
    [
      'a header without a colon',
      'skipped by some',
      (path) => get(url(path), allowed, ['nonsense']),
      malformed,
    ],
    [
      'empty lines before the request',
      'taken, says RFC 9112',
      (path) => `${CRLF}${CRLF}${get(url(path), allowed)}`,
      passed,
    ],
  ];
}

/** Longer than anything honest. */
export function lengths({ allowed }: Places): Row[] {
  const long = (letters: number) => 'a'.repeat(letters);
  const deep = (labels: number) => 'a.'.repeat(labels);
  return [
    ['a label of 64 letters', 'longer than DNS has', () => connectTo(`${long(64)}.${allowed}:443`), refused],
    ['a name of 254 letters', 'longer than DNS has', () => connectTo(`${deep(127)}${allowed}:443`), refused],
    [
      'a name of 2,000 letters',
      'longer than Squid hands on',
      () => connectTo(`${deep(1000)}${allowed}:443`),
      refused,
    ],
    [
      'a name of 20,000 letters in CONNECT',
      'longer than a helper line',
      () => connectTo(`${deep(10_000)}${allowed}:443`),
      malformed,
    ],
    [
      'a name of 60,000 letters in CONNECT',
      'longer than a header may be',
      () => connectTo(`${deep(30_000)}${allowed}:443`),
      { answers: [414] },
    ],
    [
      'a path of 60,000 letters',
      'as before',
      (path) => get(`http://${allowed}${path}${long(60_000)}`, allowed),
      { answers: [414] },
    ],
    [
      'a header of 70,000 letters',
      'as before',
      (path) => get(`http://${allowed}${path}`, allowed, [`X: ${long(70_000)}`]),
      { answers: [431] },
    ],
    [
      '20,000 headers',
      'as before',
      (path) =>
        get(
          `http://${allowed}${path}`,
          allowed,
          Array.from({ length: 20_000 }, () => 'X: y'),
        ),
      { answers: [431] },
    ],
  ];
}

/** Other protocols on the port. */
export function protocols({ allowed, denied }: Places): Row[] {
  return [
    [
      'HTTP/0.9 to an allowed name',
      'no version, no headers',
      (path) => `GET http://${allowed}${path}${CRLF}`,
      malformed,
    ],
    ['HTTP/0.9 to a denied name', 'as before', (path) => `GET http://${denied}${path}${CRLF}`, malformed],
    ['HTTP/0.9 CONNECT', 'as before', () => `CONNECT ${allowed}:443${CRLF}`, malformed],
    [
      'HTTP/1.0',
      'an allowed name passes',
      (path) => request(`GET http://${allowed}${path} HTTP/1.0`),
      passed,
    ],
    [
      'HTTP/1.0 to a denied name',
      'without Host',
      (path) => request(`GET http://${denied}${path} HTTP/1.0`),
      refused,
    ],
    [
      'HTTP/1.9',
      'a version that is not there',
      (path) => request(`GET http://${denied}${path} HTTP/1.9`),
      refused,
    ],
    [
      'HTTP/9.9',
      'a version that is not there',
      (path) => request(`GET http://${allowed}${path} HTTP/9.9`),
      { answers: [505] },
    ],
    [
      'the preface of HTTP/2',
      'the proxy would have to speak it',
      () => `PRI * HTTP/2.0${END}SM${END}`,
      malformed,
    ],
    [
      'an upgrade to h2c',
      'a tunnel through the origin',
      (path) =>
        get(`http://${allowed}${path}`, allowed, ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
      passed,
    ],
    [
      'TLS on the plain port',
      'a ClientHello',
      () => `\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00${END}`,
      malformed,
    ],
    [
      'SOCKS 5',
      'another kind of proxy',
      () => `\x05\x01\x00\x05\x01\x00\x01\xcb\x00\x71\x42\x00\x50${END}`,
      malformed,
    ],
    [
      'the PROXY protocol',
      'a client that gives itself an address',
      (path) => `PROXY TCP4 10.0.0.1 10.0.0.2 1 80${CRLF}${get(`http://${allowed}${path}`, allowed)}`,
      malformed,
    ],
    ['SMTP', 'a mail through an HTTP port', () => `EHLO ${denied}${CRLF}MAIL FROM:<a@b>${END}`, malformed],
  ];
}
