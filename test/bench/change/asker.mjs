/**
 * Asks a proxy for one target, again and again, and prints a line with the status of each answer. Runs inside the
 * network namespace: node asker.mjs HOST PORT SOURCE TARGET. Ends with the first 200.
 */
import { connect } from 'node:net';

const [host, port, localAddress, target] = process.argv.slice(2);

function ask() {
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), localAddress });
    socket.once('error', ({ code }) => resolve(code));
    socket.once('connect', () => socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(chunk.toString('latin1').slice(9, 12));
    });
    socket.once('close', () => resolve('closed'));
  });
}

for (let status = ''; status !== '200'; ) {
  status = await ask();
  process.stdout.write(`${status}\n`);
}
