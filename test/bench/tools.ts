import { findBinary } from '../integration/binaries.ts';

/** What scripts/bench builds from the Go modules in test/bench/tools. */
export const tools = {
  load: () => findBinary('load', 'load'),
  goproxy: () => findBinary('goproxy', 'goproxy'),
  agnhost: () => findBinary('agnhost', 'agnhost'),
};
