import { STATUS } from './stage.ts';
import type { Chapter, Story } from './story.ts';

const SET = 'live-rule';
const HOST = 'live.example.com';

/** Prints `<milliseconds since the epoch> <status>` for about 6 s, as fast as curl can ask. */
const POLL = `end=$(( $(date +%s) + 6 )); while [ $(date +%s) -lt $end ]; do printf "%s " $(date +%s%3N); ${STATUS} http://${HOST}/; echo; done`;

async function flip(story: Story, change: string, from: string, to: string): Promise<number> {
  const polling = story.exec('my-app/api', POLL, { show: 0, timeoutSeconds: 30 });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const changed = await story.sh(change);
  const at = Date.now();
  story.check('the change is accepted', changed.code === 0, changed.stderr);
  const answers = (await polling).stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const first = answers.findIndex(([, status]) => status === to);
  const stray = answers.filter(([, status], index) => status !== (index < first ? from : to));
  story.check(
    `every answer before was ${from}, every one after ${to}`,
    first > 0 && stray.length === 0,
    String(stray),
  );
  return Number(answers[first]?.[0] ?? Number.NaN) - at;
}

export const rulesAreLive: Chapter = {
  title: 'A rule works at once, and stops working at once; nothing is reloaded',
  async tell(story) {
    await story.sh(`kubectl delete egressruleset ${SET} -n my-app --ignore-not-found`, { show: 0 });
    const manifest = `{"apiVersion":"zalando.org/v1","kind":"EgressRuleSet","metadata":{"name":"${SET}","namespace":"my-app"},"spec":{"targets":["${HOST}:80"]}}`;
    const added = await flip(story, `echo '${manifest}' | kubectl create -f -`, '403', '200');
    story.say(
      `first allowed request began ${added} ms after kubectl returned (negative: before it returned)`,
    );
    const removed = await flip(story, `kubectl delete egressruleset ${SET} -n my-app`, '200', '403');
    story.say(`first refused request began ${removed} ms after kubectl returned`);
  },
};
