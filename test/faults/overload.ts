import { API_VERSION } from '../../src/api/index.ts';
import {
  apply,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
} from '../cluster/support/client-pods.ts';
import { runLoad, startLoadPod } from '../cluster/support/load/load.ts';
import { until } from '../support/until.ts';
import type { Fault } from './fault.ts';

const FLOOD = 'faults-flood';
const TARGET = 'flooded.example.com:443';
/** Clients that wait for nothing: sixteen of them take all that the machine is capable of. */
const CLIENTS = 160;
const SECONDS = 15;
const [OPENED, CLOSE, ENDED] = ['/tmp/tunnel-open', '/tmp/close-tunnel', '/tmp/tunnel-ended'];

/** Opens a tunnel in the load pod, and writes into a file whether it was open until the end. */
const HOLD = `
const fs = require("fs"), { connect } = require("net");
const proxy = new URL(process.env.HTTPS_PROXY);
const socket = connect(Number(proxy.port), proxy.hostname);
let state = "open";
socket.on("connect", () => socket.write("CONNECT ${TARGET} HTTP/1.1\\r\\nHost: ${TARGET}\\r\\n\\r\\n"));
socket.on("data", (data) => { if (String(data).includes(" 200 ")) fs.writeFileSync("${OPENED}", "yes"); });
for (const event of ["close", "error"]) socket.on(event, () => { state = "closed"; });
setInterval(() => {
  if (!fs.existsSync("${CLOSE}")) return;
  fs.writeFileSync("${ENDED}", state);
  process.exit();
}, 100);
`;

export const overload: Fault = {
  name: 'ten times the capacity',
  promise:
    'what exceeds the limits of a namespace is refused with 429; others are served, and its open tunnel stays open',
  except: {},
  make: flood,
};

async function flood(): Promise<void> {
  const pod = `${FLOOD}/load`;
  const exists = async (file: string) => (await inPod(pod, `test -e ${file}`)).code === 0;
  await startFlooder();
  await inPod(pod, `rm -f ${OPENED} ${CLOSE} ${ENDED}; node -e '${HOLD}' > /dev/null 2>&1 < /dev/null &`);
  await until('the tunnel is open', () => exists(OPENED));
  const { counts, samples } = await runLoad(`${FLOOD}/load`, {
    target: TARGET,
    concurrency: CLIENTS,
    seconds: SECONDS,
  });
  await inPod(pod, `touch ${CLOSE}`);
  await until('the end of the tunnel is known', () => exists(ENDED));
  const tunnel = (await inPod(pod, `cat ${ENDED}`)).stdout.trim();
  await leaveNamespaces(FLOOD);
  if (tunnel !== 'open') throw new Error('the oldest tunnel was closed');
  const unclear = Object.keys(counts).filter((status) => status !== '200' && status !== '429');
  if (unclear.length > 0) throw new Error(`the flood was answered ${JSON.stringify({ counts, samples })}`);
}

async function startFlooder(): Promise<void> {
  await removeNamespaces(FLOOD);
  await makeNamespace({ namespace: FLOOD, mode: 'enforce' });
  const metadata = { name: 'rules', namespace: FLOOD };
  await apply({ apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets: [TARGET] } });
  await kubectl(`wait -n ${FLOOD} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  await startLoadPod(FLOOD);
}
