import ipaddr from 'ipaddr.js';

/** One spelling for each address: IPv4-mapped as IPv4, IPv6 compressed without brackets. Other text is unchanged. */
export function canonicalAddress(text: string): string {
  if (/^[\d.]+$/.test(text)) return text;
  const bare = text.replace(/^\[|\]$/g, '');
  return ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare).toString() : bare;
}
