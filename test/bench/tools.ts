import { findBinary } from '../integration/support/binaries.ts';

/** What scripts/bench builds from the Go modules in test/bench/tools, and the packages of npm and PyPI that it installs from there. */
export const tools = {
  load: () => findBinary('load', 'load'),
  goproxy: () => findBinary('goproxy', 'goproxy'),
  smokescreen: () => findBinary('smokescreen', 'smokescreen'),
  envoy: () => findBinary('envoy', 'envoy/_bin/envoy'),
  agnhost: () => findBinary('agnhost', 'agnhost'),
  pepr: () => findBinary('pepr', 'pepr-peer.mjs'),
};
