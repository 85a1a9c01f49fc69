/** Addresses and ranges: the one range library, and what is not a public destination. */
export { type Address, addressFromValue, parseAddress, widths } from './address.ts';
export {
  type AddressRange,
  type ParsedRange,
  parseRange,
  rangeContains,
  rangeIncludes,
  rangeLiteral,
  rangesOverlap,
  readableRanges,
  readNetwork,
  singleAddress,
} from './address-range.ts';
export { canonicalAddress } from './canonical-address.ts';
export { type AddressClass, classifyAddress, isOpened } from './classify-address.ts';
export {
  embeddedIPv4,
  embeddingRanges,
  isNat64Prefix,
  NAT64,
  throughNat64,
  withEmbedded,
} from './embedded-ipv4.ts';
export { aggregate, networkList, outermost, sortedByText } from './range-list.ts';
export { RangeTable } from './range-table.ts';
export { type SpecialRange, specialRanges } from './special-purpose.ts';
