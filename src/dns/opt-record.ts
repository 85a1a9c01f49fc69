import type { Answer } from 'dns-packet';

/** Bytes that pass every network unfragmented (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** An option that dns-packet has no name for. */
export interface OptOption {
  code: number;
  data: Buffer;
}

/** The OPT record of a message with EDNS (RFC 6891). */
export function optRecord(options: readonly OptOption[] = []): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    // The types of dns-packet know options by their names only.
    options: options as never,
  };
}
