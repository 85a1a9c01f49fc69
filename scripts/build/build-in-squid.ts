import { execFileSync } from 'node:child_process';
import { compileC } from './compile-c.ts';

const LIBRARY = ['-shared', '-fPIC', '-fvisibility=hidden'];
const flavours = {
  product: ['-O2', '-s', ...LIBRARY],
  /** Undefined behaviour ends its process, and no further library is needed for that. */
  checked: ['-O1', '-g', '-fsanitize=undefined', '-fsanitize-undefined-trap-on-error', ...LIBRARY],
  /** Ends its process at the first access to memory that is not its own, too; see sanitizerLibrary. */
  sanitized: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', ...LIBRARY],
} as const;

/** The library in Squid's process. */
export function buildInSquid(flavour: keyof typeof flavours = 'product'): string {
  return compileC('in-squid', flavours[flavour]);
}

/** The path of the library that a program has to load before the flavour `sanitized`. */
export function sanitizerLibrary(): string {
  const compiler = process.env['CC'] ?? 'gcc';
  return execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
}
