import {
  connectTo,
  get,
  malformed,
  type Places,
  passed,
  type Row,
  refused,
  request,
  tunnelled,
} from './row.ts';

/** Two places for a target: the one that is checked must be the one that is dialled. */
export function disagreement({ allowed, denied, proxy }: Places): Row[] {
  return [
    [
      'a denied URL, an allowed Host',
      'the URL counts',
      (path) => get(`http://${denied}${path}`, allowed),
      refused,
    ],
    [
      'an allowed URL, a denied Host',
      'domain fronting: the URL counts, and the server sees its host',
      (path) => get(`http://${allowed}${path}`, denied),
      passed,
    ],
    [
      'an allowed URL, a Host with another port',
      'as before',
      (path) => get(`http://${allowed}${path}`, `${allowed}:8080`),
      passed,
    ],
    [
      'an allowed URL, the denied name as user in Host',
      'a reader that takes what is before the @',
      (path) => get(`http://${allowed}${path}`, `${denied}@${allowed}`),
      passed,
    ],
    [
      'an allowed URL, the denied name as its user',
      'Squid makes a Basic authentication of it',
      (path) => get(`http://${denied}@${allowed}${path}`, allowed),
      passed,
    ],
    [
      'two Hosts, the first one allowed',
      'the second could be the one that is used',
      (path) => get(`http://${allowed}${path}`, allowed, [`Host: ${denied}`]),
      passed,
    ],
    [
      'two Hosts, the first one denied',
      'as before',
      (path) => get(`http://${allowed}${path}`, denied, [`Host: ${allowed}`]),
      passed,
    ],
    [
      'HTTP/1.0, an allowed URL, a denied Host',
      'a version without Host',
      (path) => request(`GET http://${allowed}${path} HTTP/1.0`, [`Host: ${denied}`]),
      passed,
    ],
    [
      'an allowed URL, no Host',
      'the server gets the host of the URL',
      (path) => request(`GET http://${allowed}${path} HTTP/1.1`, ['Connection: close']),
      passed,
    ],
    [
      'an upgrade of a denied name',
      'a WebSocket is a tunnel',
      (path) => get(`http://${denied}${path}`, denied, ['Upgrade: websocket', 'Connection: upgrade']),
      refused,
    ],
    [
      'an upgrade to HTTP/2',
      'a tunnel in which each request names its own host: Squid does not forward it',
      (path) =>
        get(`http://${allowed}${path}`, allowed, [
          'Upgrade: h2c',
          'HTTP2-Settings: AAMAAABkAAQAAP__',
          'Connection: Upgrade, HTTP2-Settings',
        ]),
      passed,
    ],
    [
      'a path and a denied Host',
      'no proxy request: a server of its own',
      (path) => get(path, denied),
      malformed,
    ],
    ['a path and an allowed Host', 'as before', (path) => get(path, allowed), malformed],
    [
      'a path of two slashes',
      'an authority to some',
      (path) => get(`//${denied}${path}`, allowed),
      malformed,
    ],
    [
      'a denied CONNECT, an allowed Host',
      'the target counts',
      () => connectTo(`${denied}:443`, [`Host: ${allowed}:443`]),
      refused,
    ],
    [
      'an allowed CONNECT, a denied Host',
      'the target counts',
      () => connectTo(`${allowed}:80`, [`Host: ${denied}:443`]),
      tunnelled,
    ],
    [
      'X-Forwarded-Host and its like',
      'they are ignored',
      (path) =>
        get(`http://${denied}${path}`, denied, [
          `X-Forwarded-Host: ${allowed}`,
          `Forwarded: host=${allowed}`,
          `X-Original-URL: http://${allowed}/`,
        ]),
      refused,
    ],
    [
      'X-Forwarded-For',
      'a client that says that it is another',
      (path) =>
        get(`http://${denied}${path}`, denied, ['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1']),
      refused,
    ],
    [
      'Proxy-Authorization',
      'there is nothing to log in to',
      (path) => get(`http://${denied}${path}`, denied, ['Proxy-Authorization: Basic YTpi']),
      refused,
    ],
    [
      'Proxy-Connection',
      'an old way to keep a connection',
      (path) => get(`http://${denied}${path}`, denied, ['Proxy-Connection: keep-alive']),
      refused,
    ],
    [
      'Proxy',
      'httpoxy',
      (path) => get(`http://${denied}${path}`, denied, ['Proxy: http://evil.test']),
      refused,
    ],
    [
      'a Connection that names Host',
      'a header that is taken out on the way',
      (path) =>
        request(`GET http://${allowed}${path} HTTP/1.1`, [`Host: ${allowed}`, 'Connection: close, Host']),
      passed,
    ],
    [
      'the proxy behind itself',
      'a loop',
      (path) => get(`http://${proxy.name}:${proxy.port}http://${denied}${path}`, proxy.name),
      refused,
    ],
  ];
}

/** One name in many spellings: what is allowed stays allowed, what is not gains nothing. */
export function spellings({ allowed, denied }: Places): Row[] {
  const encoded = (name: string) =>
    [...name].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  return [
    ['mixed case', 'names have none', () => connectTo(`${allowed.toUpperCase()}:80`), tunnelled],
    ['a trailing dot', 'the same name', () => connectTo(`${allowed}.:80`), tunnelled],
    ['two trailing dots', 'no name', () => connectTo(`${allowed}..:80`), tunnelled],
    ['a leading dot', 'no name', () => connectTo(`.${allowed}:80`), malformed],
    ['an empty label', 'no name', () => connectTo(`a..${allowed}:80`), malformed],
    ['percent-encoded', 'decoded once it is the name', () => connectTo(`${encoded(allowed)}:80`), tunnelled],
    [
      'a denied name percent-encoded',
      'decoded too late it is another',
      () => connectTo(`${encoded(denied)}:80`),
      refused,
    ],
    [
      'encoded twice',
      'decoded twice it is the name',
      () => connectTo(`${encoded(allowed).replaceAll('%', '%25')}:80`),
      refused,
    ],
    [
      'an encoded dot',
      'a label that becomes two',
      () => connectTo(`${denied.replace('.', '%2e')}:80`),
      refused,
    ],
    ['an encoded slash', 'a name that ends early', () => connectTo(`${denied}%2f.${allowed}:80`), refused],
    ['an encoded NUL', 'a C string ends there', () => connectTo(`${denied}%00.${allowed}:80`), refused],
    ['an encoded @', 'user info after decoding', () => connectTo(`${allowed}%40${denied}:80`), refused],
    [
      'a fullwidth dot',
      'IDNA makes a dot of it',
      () => connectTo(`${denied.replace('.', '\xef\xbc\x8e')}:80`),
      refused,
    ],
    [
      'user info that looks like the name',
      'what is before the @ is not the host',
      () => connectTo(`${allowed}@${denied}:80`),
      refused,
    ],
    [
      'user info in a URL',
      'as before',
      (path) => get(`http://${allowed}@${denied}${path}`, allowed),
      refused,
    ],
    [
      'user info with a port',
      'as before',
      (path) => get(`http://${allowed}:80@${denied}${path}`, allowed),
      refused,
    ],
    [
      'user info with a backslash',
      'a slash to browsers',
      (path) => get(`http://${denied}\\@${allowed}${path}`, allowed),
      passed,
    ],
    [
      'a fragment',
      'the host ends there',
      (path) => get(`http://${denied}#@${allowed}${path}`, allowed),
      refused,
    ],
    [
      'a query',
      'the host ends there',
      (path) => get(`http://${denied}?@${allowed}${path}`, allowed),
      refused,
    ],
    [
      'an allowed name in front',
      'no part of a name counts',
      () => connectTo(`${allowed}.evil.test:80`),
      refused,
    ],
    ['an allowed name at the end', 'a suffix without its dot', () => connectTo(`evil${allowed}:80`), refused],
    ['an underscore', 'a label that DNS has', () => connectTo(`_a.${denied}:80`), refused],
    ['an empty host', 'the proxy itself', () => connectTo(':80'), malformed],
    ['a wildcard', 'rules have it, requests do not', () => connectTo('*:80'), refused],
  ];
}

/** Addresses by any spelling (FACTS.md), and those that carry an IPv4 address within. */
export function addresses({ deniedAddress, inside }: Places): Row[] {
  const [a = 0, b = 0, c = 0, d = 0] = inside.address.split('.').map(Number);
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
  const [upper, lower] = [hex(a, b), hex(c, d)];
  const insides: [string, string][] = [
    ['as it is', inside.address],
    ['with a trailing dot', `${inside.address}.`],
    ['as one number', String(number)],
    ['as one number in hex', `0x${number.toString(16)}`],
    ['in octal', [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.')],
    ['in hex parts', [a, b, c, d].map((part) => `0x${part.toString(16)}`).join('.')],
    ['in three parts', `${a}.${b}.${c * 256 + d}`],
    ['in two parts', `${a}.${(b * 256 + c) * 256 + d}`],
    ['mapped', `[::ffff:${upper}:${lower}]`],
    ['mapped, with dots', `[::ffff:${inside.address}]`],
    ['compatible', `[::${upper}:${lower}]`],
    ['in NAT64', `[64:ff9b::${upper}:${lower}]`],
    ['in local NAT64', `[64:ff9b:1::${upper}:${lower}]`],
    ['in 6to4', `[2002:${upper}:${lower}::1]`],
    ['in Teredo', `[2001:0:${upper}:${lower}::1]`],
    ['in ISATAP', `[fe80::5efe:${upper}:${lower}]`],
    [
      'in fullwidth digits',
      [...inside.address]
        .map((letter) => (letter === '.' ? '.' : `\xef\xbc${String.fromCharCode(0x90 + Number(letter))}`))
        .join(''),
    ],
  ];
  const loopbacks = [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '127.0.0.1.',
    '127.255.255.254',
    '0',
    '0.0.0.0',
    '00',
    '0x0',
    '0.0',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost..',
    '[localhost]',
    'a.localhost',
    'localhost.localdomain',
    'ip6-localhost',
  ];
  const special = [
    '169.254.169.254',
    '[fd00:ec2::254]',
    '100.64.0.1',
    '192.168.0.1',
    '172.16.0.1',
    '192.0.0.8',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '[fe80::1]',
    '[fe80::1%25eth0]',
    '[fe80::1%eth0]',
    '[::1%lo]',
    '[fc00::1]',
    '[ff02::1]',
    '[100::1]',
  ];
  const row = (name: string, why: string, host: string): Row => [
    name,
    why,
    () => connectTo(`${host}:${inside.port}`),
    refused,
  ];
  return [
    ...insides.map(([how, host]) => row(`inside, ${how}`, 'a server of the cluster', host)),
    ...loopbacks.map((host) => row(`loopback as ${host}`, "the proxy pod's own ports", host)),
    ...special.map((host) => row(`special: ${host}`, 'special-purpose, or a metadata service', host)),
    ['a public address', 'no rule names it', () => connectTo(`${deniedAddress}:80`), refused],
    [
      'a public address in a URL',
      'as before',
      (path) => get(`http://${deniedAddress}${path}`, deniedAddress),
      refused,
    ],
    [
      'inside, in a URL',
      'a server of the cluster',
      (path) => get(`http://${inside.address}:${inside.port}${path}`, 'x'),
      refused,
    ],
    [
      'inside, in a URL, as one number',
      'a server of the cluster',
      (path) => get(`http://${number}:${inside.port}${path}`, 'x'),
      refused,
    ],
  ];
}

export function ports({ allowed }: Places): Row[] {
  // Squid reads as many digits as there are, makes 443 of none, and keeps what it read; the agent is asked about that.
  const odd: [string, Row[3]][] = [
    ...['22', '25', '53', '443', '8080', '65535'].map((port): [string, Row[3]] => [port, refused]),
    ...['', '*', 'http', '%38%30'].map((port): [string, Row[3]] => [port, refused]),
    ...['0', '65536', '65616', '-80', '0x50'].map((port): [string, Row[3]] => [port, malformed]),
    ...['080', '80.', '80 ', '80:80'].map((port): [string, Row[3]] => [port, tunnelled]),
    ['4294967376', tunnelled],
  ];
  return [
    ...odd.map(
      ([port, expected]): Row => [
        `CONNECT to ":${port}"`,
        'a rule names its port',
        () => connectTo(`${allowed}:${port}`),
        expected,
      ],
    ),
    ['CONNECT without a port', 'Squid makes 443 of it', () => connectTo(allowed), refused],
    [
      'a URL on another port',
      'a rule names its port',
      (path) => get(`http://${allowed}:25${path}`, allowed),
      refused,
    ],
    [
      'a URL on a port that wraps',
      '65616 is 80 in 16 bits',
      (path) => get(`http://${allowed}:65616${path}`, allowed),
      malformed,
    ],
  ];
}

/** The proxy as a target, and what it serves itself. */
export function proxyItself({ allowed, denied, proxy }: Places): Row[] {
  const hosts = [proxy.name, proxy.name.replace(/\.svc\..*/, ''), proxy.service, proxy.pod];
  return [
    ...hosts.map(
      (host): Row => [
        `CONNECT to ${host}`,
        'a tunnel to the proxy comes from the proxy',
        () => connectTo(`${host}:${proxy.port}`),
        refused,
      ],
    ),
    ...hosts.map(
      (host): Row => [
        `the agent at ${host}`,
        'its telemetry and API',
        () => connectTo(`${host}:8444`),
        refused,
      ],
    ),
    ['CONNECT to its own port by loopback', 'as before', () => connectTo(`127.0.0.1:${proxy.port}`), refused],
    [
      'the cache manager by scheme',
      'what the proxy knows',
      () => request(`GET cache_object://${proxy.service}/info HTTP/1.1`, [`Host: ${proxy.service}`]),
      refused,
    ],
    [
      'the cache manager by path',
      'as before',
      () => get('/squid-internal-mgr/menu', `${proxy.name}:${proxy.port}`),
      refused,
    ],
    [
      'the cache manager by URL',
      'as before',
      () => get(`http://${proxy.name}:${proxy.port}/squid-internal-mgr/info`, proxy.name),
      refused,
    ],
    [
      'the cache manager of a denied name',
      'as before',
      () => get(`http://${denied}/squid-internal-mgr/info`, denied),
      refused,
    ],
    [
      'the cache manager of an allowed name',
      'an internal path on any host',
      () => get(`http://${allowed}/squid-internal-mgr/info`, allowed),
      refused,
    ],
    [
      'icons',
      'static files of the proxy',
      () => get('/squid-internal-static/icons/silk/image.png', proxy.name),
      refused,
    ],
    [
      'icons by URL',
      'as before',
      () => get(`http://${allowed}/squid-internal-static/icons/silk/image.png`, allowed),
      refused,
    ],
    [
      'an internal path, encoded',
      'a filter that looks before decoding',
      (path) => get(`http://${denied}/%73quid-internal-mgr/info${path}`, denied),
      refused,
    ],
    [
      'digests',
      'what is in the cache',
      () => get('/squid-internal-periodic/store_digest', proxy.name),
      refused,
    ],
  ];
}

/** What is no request that an application needs through a proxy. */
export function methods({ allowed, denied }: Places): Row[] {
  const unusual = ['TRACE', 'PURGE', 'PROPFIND', 'LOCK', 'TRACK', 'DEBUG', 'X', 'GET_', 'ICP_QUERY'];
  const schemes: [string, Row[3]][] = [
    ...['https', 'ftp', 'whois', 'wais', 'cache_object'].map((scheme): [string, Row[3]] => [scheme, refused]),
    ...['gopher', 'file', 'ws', 'urn', 'javascript'].map((scheme): [string, Row[3]] => [scheme, malformed]),
  ];
  return [
    ...unusual.map(
      (method): Row => [
        `${method}`,
        'not in the list',
        (path) =>
          request(`${method} http://${allowed}${path} HTTP/1.1`, [`Host: ${allowed}`, 'Connection: close']),
        refused,
      ],
    ),
    [
      'TRACE with Max-Forwards: 0',
      'the proxy would answer itself',
      (path) => request(`TRACE http://${allowed}${path} HTTP/1.1`, [`Host: ${allowed}`, 'Max-Forwards: 0']),
      refused,
    ],
    [
      'OPTIONS with Max-Forwards: 0',
      'the proxy would answer itself',
      (path) => request(`OPTIONS http://${denied}${path} HTTP/1.1`, [`Host: ${denied}`, 'Max-Forwards: 0']),
      { answers: [501] },
    ],
    [
      'OPTIONS *',
      'of the proxy',
      () => request('OPTIONS * HTTP/1.1', [`Host: ${allowed}`]),
      { answers: [501] },
    ],
    ['CONNECT with a URL', 'its host could be another', () => connectTo(`http://${allowed}/`), refused],
    [
      'CONNECT with a path',
      'its host could be another',
      () => connectTo(`${denied}:80/${allowed}:80`),
      refused,
    ],
    ['GET with an authority', 'as before', () => get(`${denied}:80`, allowed), malformed],
    ...schemes.map(
      ([scheme, expected]): Row => [
        `${scheme}://`,
        'the proxy would speak it',
        (path) => get(`${scheme}://${allowed}${path}`, allowed),
        expected,
      ],
    ),
    ['HTTP:// in capitals', 'the same scheme', (path) => get(`HTTP://${allowed}${path}`, allowed), passed],
  ];
}
