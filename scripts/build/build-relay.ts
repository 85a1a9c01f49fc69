import { compileC } from './compile-c.ts';

const flavours = {
  /** Static, so that it runs on whatever C library the image has. */
  product: ['-O2', '-static', '-s'],
  /** Ends at the first access to memory that is not its own. */
  checked: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
} as const;

/** The relay's binary. */
export function buildRelay(flavour: keyof typeof flavours = 'product'): string {
  return compileC('relay', flavours[flavour]);
}
