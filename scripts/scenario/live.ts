import { startCalls } from './calls.ts';
import type { Chapter, ChapterRun } from './chapter.ts';
import { STATUS } from './stage.ts';

const SET = 'live-rule';
const HOST = 'live.example.com';
/** So many answers are seen before a change, and of what comes of it. */
const SOME = 5;

/** Prints the addresses of the proxy's pods that stay. */
const REPLICAS = `kubectl get pods -n egress-proxy -l app=squid -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.status.podIP}} {{end}}{{end}}'`;

/** Prints `<milliseconds since the epoch> <status>`. */
const ask = (replica: string) =>
  `printf "%s " $(date +%s%3N); ${STATUS} -x http://${replica}:3128 http://${HOST}/`;

interface Answer {
  at: number;
  status: string;
}

const answersOf = (lines: readonly string[]): Answer[] =>
  lines.map((line) => {
    const [at = '', status = ''] = line.split(' ');
    return { at: Number(at), status };
  });

/** Each replica learns of a change by itself: each is asked by itself, as fast as curl can ask. */
async function flip(run: ChapterRun, change: string, from: string, to: string): Promise<number> {
  const replicas = (await run.sh(REPLICAS, { show: 0 })).stdout.trim().split(' ');
  const calls = replicas.map((replica, index) =>
    startCalls(run, 'my-app/api', `live-${to}-${index}`, ask(replica)),
  );
  await Promise.all(calls.map((each) => each.until((lines) => lines.length >= SOME)));
  const changed = await run.sh(change);
  const at = Date.now();
  run.check('the change is accepted', changed.code === 0, changed.stderr);
  const isDone = (lines: readonly string[]) =>
    answersOf(lines).filter(({ status }) => status === to).length >= SOME;
  await Promise.all(calls.map((each) => each.until(isDone)));
  const answers = (await Promise.all(calls.map((each) => each.end()))).map(answersOf);
  const firsts = answers.map((each) => each.findIndex(({ status }) => status === to));
  const stray = answers.flatMap((each, replica) =>
    each.filter(({ status }, index) => status !== (index < (firsts[replica] ?? 0) ? from : to)),
  );
  run.check(
    `every answer of a replica before was ${from}, every one after ${to}`,
    firsts.every((first) => first > 0) && stray.length === 0,
    JSON.stringify({ firsts, stray }),
  );
  return Math.max(...answers.map((each, replica) => each[firsts[replica] ?? 0]?.at ?? Number.NaN)) - at;
}

export const rulesAreLive: Chapter = {
  title: 'A rule works immediately and stops working immediately; nothing is reloaded',
  async execute(run) {
    await run.sh(`kubectl delete egressruleset ${SET} -n my-app --ignore-not-found`, { show: 0 });
    const manifest = `{"apiVersion":"zalando.org/v1","kind":"EgressRuleSet","metadata":{"name":"${SET}","namespace":"my-app"},"spec":{"targets":["${HOST}:80"]}}`;
    const added = await flip(run, `echo '${manifest}' | kubectl create -f -`, '403', '200');
    run.say(`first allowed request began ${added} ms after kubectl returned (negative: before it returned)`);
    const removed = await flip(run, `kubectl delete egressruleset ${SET} -n my-app`, '200', '403');
    run.say(`first refused request began ${removed} ms after kubectl returned`);
  },
};
