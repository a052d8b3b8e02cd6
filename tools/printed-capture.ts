/**
 * The packet that the write-up prints, octet by octet: `node tools/printed-capture.ts` writes it. What tcpdump printed of it says
 * everything but the Ethernet header, which can only be one, the UDP checksum, and the day.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ipv4, mac } from '../src/wire/address.ts';
import { WRITE_UP_DISCOVER } from '../src/wire/dhcp/testing/messages.ts';
import { ETHER_TYPE, serializeEthernet } from '../src/wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../src/wire/ipv4.ts';
import { serializeUdp } from '../src/wire/udp.ts';

export const PRINTED_CAPTURE = resolve(
  import.meta.dirname,
  '../captures/printed/write-up-ipxe-discover.pcap',
);

/** 15:14:41.719114 of a day that is not printed. */
const TIME = { seconds: 15 * 3600 + 14 * 60 + 41, microseconds: 719_114 };
const MAGIC = 0xa1b2c3d4;
const SNAP_LENGTH = 262_144;
const LINKTYPE_ETHERNET = 1;

/** A classic pcap file of one frame. */
export function printedCapture(): Uint8Array {
  const addresses = { source: ipv4('0.0.0.0'), destination: ipv4('255.255.255.255') };
  const datagram = serializeUdp(
    { sourcePort: 68, destinationPort: 67, payload: WRITE_UP_DISCOVER },
    addresses,
  );
  const packet = serializeIpv4({
    ...addresses,
    ...{ protocol: IP_PROTOCOL.udp, identification: 1, ttl: 64, payload: datagram },
  });
  const frame = serializeEthernet({
    destination: mac('ff:ff:ff:ff:ff:ff'),
    source: mac('00:12:34:56:78:90'),
    etherType: ETHER_TYPE.ipv4,
    payload: packet,
  });
  const head = new DataView(new ArrayBuffer(40));
  head.setUint32(0, MAGIC, true);
  head.setUint16(4, 2, true);
  head.setUint16(6, 4, true);
  head.setUint32(16, SNAP_LENGTH, true);
  head.setUint32(20, LINKTYPE_ETHERNET, true);
  head.setUint32(24, TIME.seconds, true);
  head.setUint32(28, TIME.microseconds, true);
  head.setUint32(32, frame.length, true);
  head.setUint32(36, frame.length, true);
  return Uint8Array.of(...new Uint8Array(head.buffer), ...frame);
}

if (import.meta.main) {
  await mkdir(dirname(PRINTED_CAPTURE), { recursive: true });
  await writeFile(PRINTED_CAPTURE, printedCapture());
}
