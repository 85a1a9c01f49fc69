import { describe, expect, test } from 'vitest';
import { notOnlyPods, whereEnforced } from './guard-conditions.ts';

/** What the API server makes of them: test/integration/guards.test.ts. */
describe('notOnlyPods', () => {
  test('has every range, of both families', () => {
    const expression = notOnlyPods(['10.244.0.0/16', 'fd00:10::/64']);
    expect(expression).toContain('["10.244.0.0/16", "fd00:10::/64"].exists(r, cidr(r).containsIP(a))');
  });

  test('excludes nothing while no range is known', () => {
    expect(notOnlyPods([])).toContain('[].exists(');
  });
});

describe('whereEnforced', () => {
  test('uses only the label if the default does not enforce', () => {
    expect(whereEnforced({ active: false, except: ['kube-system'] })).not.toContain('request.name');
  });

  test('includes all but the exempt namespaces if it does', () => {
    const expression = whereEnforced({ active: true, except: ['a', 'kube-system'] });
    expect(expression).toMatch(/ \|\| !\(request\.name in \["a", "kube-system"\]\)$/);
  });
});
