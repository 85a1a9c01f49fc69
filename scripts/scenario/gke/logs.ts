import type { Chapter } from '../chapter.ts';
import { auditLines, LOGIN } from './parent.ts';

export const logs: Chapter = {
  title: 'kubectl logs -n intra-proxy -l app=squid-proxy answers: which pod, when, which name',
  async execute(run) {
    const lines = await auditLines(`${LOGIN}:443`);
    const line = lines.findLast(({ status }) => status === 200);
    run.say(JSON.stringify(line));
    run.check('which pod', line?.namespace === 'api' && line.pod === 'api', JSON.stringify(line));
    run.check('when', !Number.isNaN(Date.parse(line?.time ?? '')));
    run.check('which name', line?.target === `${LOGIN}:443`);
    run.check('through which parent', line?.upstream === 'int-proxy' && line.upstreamStatus === 200);
  },
};
