import type { Chapter } from '../story.ts';
import { auditLines, LOGIN } from './parent.ts';

export const logs: Chapter = {
  title: 'kubectl logs -n intra-proxy -l app=squid-proxy answers: which pod, when, which name',
  async tell(story) {
    const lines = await auditLines(`${LOGIN}:443`);
    const line = lines.findLast(({ status }) => status === 200);
    story.say(JSON.stringify(line));
    story.check('which pod', line?.namespace === 'api' && line.pod === 'api', JSON.stringify(line));
    story.check('when', !Number.isNaN(Date.parse(line?.time ?? '')));
    story.check('which name', line?.target === `${LOGIN}:443`);
    story.check('through which parent', line?.upstream === 'int-proxy' && line.upstreamStatus === 200);
  },
};
