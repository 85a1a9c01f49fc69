import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadCluster } from './cluster.ts';

function kubeconfig(): string {
  const dir = mkdtempSync(join(tmpdir(), 'kube-egress-kubeconfig-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const config = {
    clusters: [
      {
        name: 'one',
        cluster: { server: 'https://one.example:6443/', 'certificate-authority-data': btoa('CA') },
      },
      { name: 'lax', cluster: { server: 'https://lax.example', 'insecure-skip-tls-verify': true } },
      { name: 'plain', cluster: { server: 'http://plain.example' } },
    ],
    users: [
      { name: 'token', user: { token: 'secret' } },
      { name: 'basic', user: { username: 'u', password: 'p' } },
    ],
    contexts: [
      { name: 'one', context: { cluster: 'one', user: 'token', namespace: 'shop' } },
      { name: 'lax', context: { cluster: 'lax', user: 'basic' } },
      { name: 'plain', context: { cluster: 'plain', user: 'token' } },
    ],
    'current-context': 'one',
  };
  const file = join(dir, 'config');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('loadCluster', () => {
  it('reads server, namespace, CA and token of the current context, and verifies TLS', async () => {
    const cluster = await loadCluster({ kubeconfig: kubeconfig() });
    expect(cluster).toMatchObject({ server: 'https://one.example:6443', namespace: 'shop' });
    expect(await cluster.credentials()).toEqual({
      headers: { Authorization: 'Bearer secret' },
      ca: Buffer.from('CA'),
      rejectUnauthorized: true,
    });
  });

  it('skips TLS verification only if the kubeconfig says so', async () => {
    const cluster = await loadCluster({ kubeconfig: kubeconfig(), context: 'lax' });
    expect(await cluster.credentials()).toEqual({
      headers: { Authorization: `Basic ${btoa('u:p')}` },
      rejectUnauthorized: false,
    });
  });

  it.each([
    { context: 'none', says: 'no context "none"' },
    { context: 'plain', says: 'no cluster found' },
  ])('refuses the context $context', async ({ context, says }) => {
    await expect(loadCluster({ kubeconfig: kubeconfig(), context })).rejects.toThrow(says);
  });
});
