/** A server inside the cluster that reports each request, on its stdout and in its answer. */
import { createServer } from 'node:net';

createServer((socket) => {
  process.stdout.write(`a connection from ${socket.remoteAddress}\n`);
  socket.on('error', () => {});
  socket.end('HTTP/1.0 200 OK\r\n\r\nthe witness\n');
}).listen(8080, () => process.stdout.write('listening\n'));
