/**
 * Sends raw bytes to a proxy and tells what came back. Runs in a pod (from a ConfigMap) or in a network namespace:
 *   node raw-client.mjs '{"host": "squid.egress-proxy", "port": 3128, "quietMs": 1500, "concurrency": 8}'
 * One JSON object a line on stdin, {"id", "bytes", "expects"} with bytes in base64; one a line on stdout, {"id",
 * "answers", "text"}: the status of each HTTP answer in order, and the start of what was read. Silence counts as the end
 * only after `expects` answers: a busy machine may take its time for those. Where a CONNECT is answered with 200, a
 * request for /through<id> goes into the tunnel, so that its far end shows in that server's log.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const {
  host,
  port,
  localAddress,
  quietMs = 1500,
  longestMs = 20_000,
  concurrency = 8,
} = JSON.parse(process.argv[2]);
const KEPT = 4096;

function statusesIn(text) {
  return [...text.matchAll(/(?:^|\n)HTTP\/\d\.\d (\d{3})/g)].map(([, status]) => Number(status));
}

function send({ id, bytes, expects }) {
  const request = Buffer.from(bytes, 'base64');
  return new Promise((resolve) => {
    const socket = connect({ host, port, localAddress });
    let text = '';
    let tunnelled = false;
    let quiet;
    const longest = setTimeout(done, longestMs);
    function done() {
      clearTimeout(quiet);
      clearTimeout(longest);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.destroy();
      resolve({ id, answers: statusesIn(text), text: text.slice(0, KEPT) });
    }
    /** Nothing comes of a request that is not whole: the proxy waits for more of it. */
    function wait() {
      clearTimeout(quiet);
      if (statusesIn(text).length >= expects) quiet = setTimeout(done, quietMs);
    }
    socket.on('connect', () => {
      socket.write(request);
      wait();
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      wait();
      if (
        tunnelled ||
        !/^HTTP\/1\.\d 200 Connection established\r\n/.test(text) ||
        !text.includes('\r\n\r\n')
      )
        return;
      tunnelled = true;
      socket.write(`GET /through${id} HTTP/1.0\r\nConnection: close\r\n\r\n`);
    });
  });
}

const waiting = [];
let running = 0;
function next() {
  while (running < concurrency && waiting.length > 0) {
    running += 1;
    send(waiting.shift()).then((answer) => {
      running -= 1;
      process.stdout.write(`${JSON.stringify(answer)}\n`);
      next();
    });
  }
}
createInterface({ input: process.stdin }).on('line', (line) => {
  waiting.push(JSON.parse(line));
  next();
});
