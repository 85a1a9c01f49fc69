import { execFileSync } from 'node:child_process';

/** UID and GID of the processes of a proxy pod, as in the image. */
export const UID = 65532;

/** A network namespace of the test's own, in which every address is local: no packet leaves the machine. */
export class NetworkNamespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  add(addresses: readonly string[]): void {
    execFileSync('ip', ['netns', 'add', this.name]);
    this.#ip('link', 'set', 'lo', 'up');
    for (const address of addresses) this.#ip('address', 'add', `${address}/32`, 'dev', 'lo');
    const settings = ['net.ipv4.ip_unprivileged_port_start=0', 'net.ipv4.ip_local_port_range=1024 65000'];
    for (const setting of settings) execFileSync('nsenter', this.inside('sysctl', '-qw', setting));
  }

  /** Makes a /24 range whose addresses take packets and never answer. */
  addSilentRange(range: string): void {
    this.#ip('link', 'add', 'silent', 'type', 'veth', 'peer', 'name', 'silent-peer');
    this.#ip('link', 'set', 'silent-peer', 'up');
    this.#ip('link', 'set', 'silent', 'arp', 'off', 'up');
    this.#ip('route', 'add', range, 'dev', 'silent');
  }

  remove(): void {
    execFileSync('ip', ['netns', 'del', this.name]);
  }

  /** The arguments of nsenter that run a command in here. */
  inside(...command: string[]): string[] {
    return [`--net=/run/netns/${this.name}`, ...command];
  }

  /** As `inside`, with the user and group of a proxy pod. */
  insideAsUser(...command: string[]): string[] {
    return this.inside('setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', ...command);
  }

  #ip(...args: string[]): void {
    execFileSync('ip', ['-n', this.name, ...args]);
  }
}
