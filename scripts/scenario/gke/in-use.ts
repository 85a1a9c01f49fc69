import type { Chapter } from '../chapter.ts';

export const inUse: Chapter = {
  title: 'A proxy that namespaces use cannot be deleted by mistake',
  async execute(run) {
    const deleted = await run.sh('kubectl delete egressproxy squid-proxy -n intra-proxy');
    run.check(
      'refused, with their names',
      deleted.code !== 0 && deleted.stderr.includes('serves api'),
      deleted.stderr,
    );
  },
};
