import { compileC } from './compile-c.ts';

const LIBRARY = ['-shared', '-fPIC', '-fvisibility=hidden'];
const flavours = {
  product: ['-O2', '-s', ...LIBRARY],
  /** Undefined behaviour ends its process, and no further library is needed for that. */
  checked: ['-O1', '-g', '-fsanitize=undefined', '-fsanitize-undefined-trap-on-error', ...LIBRARY],
} as const;

/** The library in Squid's process. */
export function buildInSquid(flavour: keyof typeof flavours = 'product'): string {
  return compileC('in-squid', flavours[flavour]);
}
