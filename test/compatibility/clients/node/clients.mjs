// One request to the URL in argv[3] by the client named in argv[2]; prints `STATUS code` or the error.
const [, , name, url] = process.argv;
const timeout = Number(process.env.TIMEOUT ?? 15) * 1000;
const signal = AbortSignal.timeout(timeout);

const clients = {
  fetch: async () => (await fetch(url, { signal })).status,
  'fetch-upload': async () => {
    const body = await (await import('node:fs')).openAsBlob('/tmp/upload');
    return (await (await fetch(url, { method: 'POST', body, signal })).text()).trim();
  },
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
      ).default(url, { throwHttpErrors: false, retry: { limit: 0 }, timeout: { request: timeout } })
    ).statusCode,
  'grpc-js': async () => {
    const { Client, credentials } = await import('@grpc/grpc-js');
    const { hostname, port, protocol } = new URL(url);
    const secure = protocol === 'https:';
    const target = `${hostname}:${port || (secure ? 443 : 80)}`;
    const client = new Client(target, secure ? credentials.createSsl() : credentials.createInsecure());
    const none = (value) => value ?? Buffer.alloc(0);
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/compatibility.Echo/Get',
        none,
        none,
        Buffer.alloc(0),
        { deadline: Date.now() + timeout },
        (failure) => (failure === null ? resolve(200) : reject(new Error(failure.message))),
      );
    });
  },
  ws: () => webSocket({}),
  'ws-agent': async () => {
    const { Agent } = await import(url.startsWith('https') ? 'node:https' : 'node:http');
    return webSocket({ agent: new Agent({ proxyEnv: process.env }) });
  },
  'aws-sdk': async () => {
    const { HeadBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    const client = new S3Client({
      endpoint: url,
      region: 'x',
      credentials,
      maxAttempts: 1,
      forcePathStyle: true,
      requestHandler: { connectionTimeout: timeout, requestTimeout: timeout },
    });
    return (await client.send(new HeadBucketCommand({ Bucket: 'x' }))).$metadata.httpStatusCode;
  },
  'google-cloud-storage': async () => {
    const { Storage } = await import('@google-cloud/storage');
    const { OAuth2Client } = await import('google-auth-library');
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 'x', expiry_date: Date.now() + 3_600_000 });
    const storage = new Storage({
      apiEndpoint: url,
      projectId: 'x',
      authClient,
      retryOptions: { autoRetry: false },
    });
    await storage.bucket('x').getMetadata();
    return 200;
  },
  'azure-storage-blob': async () => {
    const { AnonymousCredential, BlobServiceClient } = await import('@azure/storage-blob');
    const client = new BlobServiceClient(url, new AnonymousCredential(), { retryOptions: { maxTries: 1 } });
    return (await client.getProperties({ abortSignal: signal }))._response.status;
  },
  playwright: async () => {
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--ignore-certificate-errors'],
    });
    const page = await browser.newPage();
    return (await page.goto(url, { timeout })).status();
  },
  openai: async () => {
    const { default: OpenAI } = await import('openai');
    const client = new OpenAI({ baseURL: url, apiKey: 'x', maxRetries: 0, timeout });
    return (await client.models.list().asResponse()).status;
  },
  anthropic: async () => {
    const { default: Anthropic } = await import('@anthropic-ai/sdk');
    const client = new Anthropic({ baseURL: url, apiKey: 'x', maxRetries: 0, timeout });
    return (await client.models.list().asResponse()).status;
  },
};

async function webSocket(options) {
  const { WebSocket } = await import('ws');
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { handshakeTimeout: timeout, ...options });
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode));
    socket.on('error', reject);
  });
}

function explain(error) {
  const inner = error.cause ?? error.errors?.[0];
  const status = error.$metadata?.httpStatusCode ?? error.statusCode ?? error.status ?? error.code;
  if (typeof status === 'number') return `STATUS ${status}`;
  return `${error.name}: ${error.message}${inner ? ` (${inner.message ?? inner})` : ''}`;
}

try {
  const answer = await clients[name]();
  console.log(typeof answer === 'number' ? `STATUS ${answer}` : answer);
} catch (error) {
  console.log(explain(error));
}
process.exit(0);
