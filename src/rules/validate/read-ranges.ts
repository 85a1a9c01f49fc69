import { type AddressRange, parseRange } from '../address/index.ts';
import { type Fault, faultAt, textFault } from '../fault.ts';
import { readTexts } from './read-fields.ts';

/** The ranges of an optional list, and the faults of the list. */
export function readRanges(
  owner: unknown,
  name: string,
  path: string,
): { ranges: AddressRange[]; faults: Fault[] } {
  const faults: Fault[] = [];
  const ranges: AddressRange[] = [];
  const seen = new Map<string, string>();
  for (const { text, path: entryPath } of readTexts(owner, name, path, faults)) {
    const parsed = parseRange(text);
    if (!parsed.ok) {
      faults.push(faultAt(entryPath, parsed.fault));
      continue;
    }
    const first = seen.get(parsed.range.text);
    if (first !== undefined)
      faults.push(faultAt(entryPath, textFault('Duplicate', `${parsed.range.text} is already in ${first}`)));
    seen.set(parsed.range.text, entryPath);
    ranges.push(parsed.range);
  }
  return { ranges, faults };
}
