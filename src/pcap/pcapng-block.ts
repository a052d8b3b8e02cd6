/**
 * The numbers of pcapng (draft-ietf-opsawg-pcapng), for reader and writer alike.
 *
 *   block   | type:u32 | total length:u32 | body, padded to 4 | total length:u32 |
 *   option  | code:u16 | length:u16 | value, padded to 4 |
 */
export const BLOCK = {
  /** The same in both byte orders: the order is known only after the body's byte-order magic. */
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** Obsolete since 2008; what the first writers made. */
  packet: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  systemdJournal: 9,
  custom: 0xbad,
  customNotToCopy: 0x40000bad,
} as const;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Type and total length in front, total length again behind. */
export const BLOCK_OVERHEAD = 12;
export const BLOCK_BODY_AT = 8;

export const OPTION = {
  end: 0,
  comment: 1,
  sectionHardware: 2,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceTimeResolution: 9,
  interfaceTimeOffset: 14,
  packetFlags: 2,
  packetDropCount: 4,
  packetId: 5,
  statisticsStart: 2,
  statisticsEnd: 3,
  statisticsReceived: 4,
  statisticsDropped: 5,
} as const;

/** epb_flags, bits 0 and 1. */
export const DIRECTION = { inbound: 1, outbound: 2 } as const;
export const DIRECTION_MASK = 3;

/** Octets that `length` octets take in a block. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
