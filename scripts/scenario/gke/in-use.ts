import type { Chapter } from '../story.ts';

export const inUse: Chapter = {
  title: 'A proxy that namespaces use cannot be deleted by mistake',
  async tell(story) {
    const deleted = await story.sh('kubectl delete egressproxy squid-proxy -n intra-proxy');
    story.check(
      'refused, with their names',
      deleted.code !== 0 && deleted.stderr.includes('serves api'),
      deleted.stderr,
    );
  },
};
