import { describe, expect, test } from 'vitest';
import { notOnlyPods, whereEnforced } from './guard-conditions.ts';

/** What the API server makes of them: test/integration/guards.test.ts. */
describe('notOnlyPods', () => {
  test('knows every range, of both families', () => {
    const expression = notOnlyPods(['10.244.0.0/16', 'fd00:10::/64']);
    expect(expression).toContain('["10.244.0.0/16", "fd00:10::/64"].exists(r, cidr(r).containsIP(a))');
  });

  test('leaves nothing out while no range is known', () => {
    expect(notOnlyPods([])).toContain('[].exists(');
  });
});

describe('whereEnforced', () => {
  test('counts the label alone where the default does not enforce', () => {
    expect(whereEnforced({ active: false, except: ['kube-system'] })).not.toContain('request.name');
  });

  test('counts all but the exempt ones where it does', () => {
    const expression = whereEnforced({ active: true, except: ['a', 'kube-system'] });
    expect(expression).toMatch(/ \|\| !\(request\.name in \["a", "kube-system"\]\)$/);
  });
});
