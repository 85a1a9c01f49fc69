import type { Chapter } from './chapter.ts';

const BAD = `apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata: {name: bad, namespace: my-app}
spec:
  targets:
  - https://api.example.com/v1
  - api.example.com
  - "api.example.com:*"
  - "api.example.*:443"
  - "127.1:80"
  - Good.example.com:443
  - good.example.com.:443
`;

export const badRules: Chapter = {
  title: 'A bad rule set is refused with all of its faults, each with what to write instead',
  async execute(run) {
    const refused = await run.apply(BAD, { show: 60 });
    run.check('it is refused', refused.code !== 0, refused.stdout);
    for (const index of [0, 1, 2, 3, 4, 6]) {
      run.check(
        `targets[${index}] is named`,
        refused.stderr.includes(`spec.targets[${index}]`),
        refused.stderr,
      );
    }
    run.check('the good one is not', !refused.stderr.includes('spec.targets[5]:'), refused.stderr);
  },
};
