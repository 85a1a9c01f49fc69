import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderKrewManifest } from './krew-manifest.ts';

describe('renderKrewManifest', () => {
  it('has what krew requires of a plugin', () => {
    const uri = 'https://releases.example.org/kubectl-egress.tar.gz';
    const { metadata, spec } = parse(renderKrewManifest({ version: '1.2.3', uri, sha256: 'a'.repeat(64) }));
    expect(metadata.name).toBe('egress');
    // krew lists plugins in one line each, of at most 50 characters.
    expect(spec.shortDescription.length).toBeLessThanOrEqual(50);
    expect(spec.version).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(spec.platforms).toEqual([
      expect.objectContaining({ uri, sha256: 'a'.repeat(64), bin: 'kubectl-egress' }),
    ]);
    expect(spec.platforms[0].files).toContainEqual({ from: 'kubectl-egress', to: '.' });
  });
});
