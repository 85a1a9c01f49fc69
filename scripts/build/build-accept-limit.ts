import { compileC } from './compile-c.ts';

const LIBRARY = ['-shared', '-fPIC', '-fvisibility=hidden'];
const flavours = {
  product: ['-O2', '-s', ...LIBRARY],
  /** Undefined behaviour ends its process, and no further library is needed for that. */
  checked: ['-O1', '-g', '-fsanitize=undefined', '-fsanitize-undefined-trap-on-error', ...LIBRARY],
} as const;

/** The library of the connection limit in Squid's process. */
export function buildAcceptLimit(flavour: keyof typeof flavours = 'product'): string {
  return compileC('accept-limit', flavours[flavour]);
}
