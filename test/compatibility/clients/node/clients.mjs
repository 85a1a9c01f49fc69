// One request to the URL in argv[3] by the client named in argv[2]; prints `STATUS code` or the error.
const [, , name, url] = process.argv;
const signal = AbortSignal.timeout(15_000);

const clients = {
  fetch: async () => (await fetch(url, { signal })).status,
  http: async () => {
    const { get } = await import(url.startsWith('https') ? 'node:https' : 'node:http');
    return new Promise((resolve, reject) => {
      get(url, { signal }, (answer) => resolve(answer.statusCode)).on('error', reject);
    });
  },
  undici: async () => (await (await import('undici')).request(url, { signal })).statusCode,
  'undici-env': async () => {
    const { EnvHttpProxyAgent, request } = await import('undici');
    return (await request(url, { signal, dispatcher: new EnvHttpProxyAgent() })).statusCode;
  },
  axios: async () =>
    (await (await import('axios')).default.get(url, { signal, validateStatus: () => true })).status,
  got: async () =>
    (
      await (
        await import('got')
      ).default(url, { throwHttpErrors: false, retry: { limit: 0 }, timeout: { request: 15_000 } })
    ).statusCode,
  'grpc-js': async () => {
    const { Client, credentials } = await import('@grpc/grpc-js');
    const { hostname, port, protocol } = new URL(url);
    const secure = protocol === 'https:';
    const target = `${hostname}:${port || (secure ? 443 : 80)}`;
    const client = new Client(target, secure ? credentials.createSsl() : credentials.createInsecure());
    const none = (value) => value ?? Buffer.alloc(0);
    return new Promise((_, reject) => {
      client.makeUnaryRequest(
        '/compatibility.Echo/Get',
        none,
        none,
        Buffer.alloc(0),
        { deadline: Date.now() + 15_000 },
        reject,
      );
    });
  },
  ws: async () => {
    const { WebSocket } = await import('ws');
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace('http', 'ws'), { handshakeTimeout: 15_000 });
      socket.on('open', () => resolve(101));
      socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode));
      socket.on('error', reject);
    });
  },
  'aws-sdk': async () => {
    const { ListBucketsCommand, S3Client } = await import('@aws-sdk/client-s3');
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    const client = new S3Client({ endpoint: url, region: 'x', credentials, maxAttempts: 1 });
    return (await client.send(new ListBucketsCommand({}))).$metadata.httpStatusCode;
  },
  openai: async () => {
    const { default: OpenAI } = await import('openai');
    const client = new OpenAI({ baseURL: url, apiKey: 'x', maxRetries: 0, timeout: 15_000 });
    return (await client.models.list().asResponse()).status;
  },
  anthropic: async () => {
    const { default: Anthropic } = await import('@anthropic-ai/sdk');
    const client = new Anthropic({ baseURL: url, apiKey: 'x', maxRetries: 0, timeout: 15_000 });
    return (await client.models.list().asResponse()).status;
  },
};

function explain(error) {
  const inner = error.cause ?? error.errors?.[0];
  const status = error.$metadata?.httpStatusCode ?? error.status;
  if (typeof status === 'number') return `STATUS ${status}`;
  return `${error.name}: ${error.message}${inner ? ` (${inner.message ?? inner})` : ''}`;
}

try {
  console.log(`STATUS ${await clients[name]()}`);
} catch (error) {
  console.log(explain(error));
}
process.exit(0);
