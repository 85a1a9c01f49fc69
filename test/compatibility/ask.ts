import { inPod } from '../cluster/support/client-pods.ts';
import type { Client } from './clients.ts';
import { type Column, columns, type MatrixPod, type Places, SILENCE_SECONDS, UPLOAD_MB } from './columns.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import type { Row } from './render-matrix.ts';

/** Seconds that one request may take, a JVM's start on a busy machine included. */
const REQUEST_SECONDS = 40;
const TRANSFER_SECONDS = 60 + 2 * SILENCE_SECONDS;
const NEXT = '=== next request ===';

/** All cells of one client, in the order of `columns`; undefined where it is not asked. */
export async function askAll(client: Client, places: Places): Promise<Row> {
  const { stdout, stderr } = await inPod(podOf(client, places), client.version);
  // Without its pod, every cell would read as a failure of the client.
  if (stdout.trim() === '') throw new Error(`${client.name} prints no version: ${stderr}`);
  const asked = columns.filter(({ transfer }) => transfer === undefined);
  const groups = Map.groupBy(asked, ({ pod }) => pod);
  const outcomes = new Map<Column, Outcome>();
  for (const [pod, group] of groups) {
    const answers = await askInOneShell(client, podOf(client, places, pod), group, places);
    for (const [index, column] of group.entries()) outcomes.set(column, answers[index] ?? readOutcome(''));
  }
  for (const [column, outcome] of await transfers(client, places)) outcomes.set(column, outcome);
  return { client, version: stdout.trim(), outcomes: columns.map((column) => outcomes.get(column)) };
}

function podOf({ needs }: Client, { namespace }: Places, pod?: MatrixPod): string {
  const own = needs === 'transparent' ? 'transparent' : needs === undefined ? 'variables' : 'client-env';
  return `${namespace}/${pod ?? own}`;
}

/** A shell for each request would take longer than most of the requests. */
async function askInOneShell(
  client: Client,
  pod: string,
  group: readonly Column[],
  places: Places,
): Promise<Outcome[]> {
  const script = group
    .map(({ url }) => `(export URL=${JSON.stringify(url(places))}; ${client.request}\n)\necho '\n${NEXT}'`)
    .join('\n');
  const { stdout } = await inPod(pod, script, group.length * REQUEST_SECONDS);
  return stdout.split(NEXT).slice(0, group.length).map(readOutcome);
}

/** The upload, then the silence, of a client for which they are measured. */
async function transfers(client: Client, places: Places): Promise<[Column, Outcome][]> {
  if (client.upload === undefined) return [];
  const outcomes: [Column, Outcome][] = [];
  for (const column of columns) {
    if (column.transfer === undefined) continue;
    const command =
      column.transfer === 'silence'
        ? client.request
        : `[ -e /tmp/upload ] || head -c ${UPLOAD_MB}000000 /dev/zero > /tmp/upload; ${client.upload}`;
    const script = `export TIMEOUT=${TRANSFER_SECONDS} URL=${JSON.stringify(column.url(places))}; ${command}`;
    const { stdout } = await inPod(podOf(client, places), script, TRANSFER_SECONDS + REQUEST_SECONDS);
    outcomes.push([column, column.transfer === 'upload' ? readUpload(stdout) : readOutcome(stdout)]);
  }
  return outcomes;
}

/** The server's reply counts what it has received. */
function readUpload(printed: string): Outcome {
  const whole = printed.includes(`"received":${UPLOAD_MB}000000`);
  return whole ? { kind: 'answered', status: 200 } : readOutcome(printed);
}
