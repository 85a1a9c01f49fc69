/** The floor: a bare Fastify HTTPS server that parses the review and allows. Arguments: port, certificate, key. */
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';

const [port = '0', cert = '', key = ''] = process.argv.slice(2);
const app = Fastify({ https: { cert: readFileSync(cert), key: readFileSync(key) }, bodyLimit: 7 * 2 ** 20 });
app.post<{ Body: { request: { uid: string } } }>('/', (request, reply) => {
  const { uid } = request.body.request;
  reply.send({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true },
  });
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
