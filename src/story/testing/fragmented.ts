/** For tests: a frame's IP packet in fragments. */
import type { Frame } from '../../pcap/frame.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { parseIpv6, serializeIpv6 } from '../../wire/ipv6.ts';

const FRAGMENT_HEADER = 44;

/**
 * The Ethernet frames that carry the same packet, none with more than `most` octets of payload (a multiple of eight), all with
 * the number and time of the one they are made of. `identification` goes into all of them.
 */
export function fragmented(frame: Frame, most: number, identification: number): readonly Frame[] {
  const ethernet = parseEthernet(frame.bytes);
  if (!ethernet.ok) throw ethernet.error;
  const packets =
    ethernet.value.etherType === ETHER_TYPE.ipv4
      ? ipv4Fragments(ethernet.value.payload, most, identification)
      : ipv6Fragments(ethernet.value.payload, most, identification);
  return packets.map((payload) => {
    const bytes = serializeEthernet({ ...ethernet.value, payload });
    return { ...frame, bytes, originalLength: bytes.length };
  });
}

function ipv4Fragments(bytes: Uint8Array, most: number, identification: number): readonly Uint8Array[] {
  const parsed = parseIpv4(bytes);
  if (!parsed.ok) throw parsed.error;
  const ip = parsed.value;
  return pieces(ip.payload, most).map(({ offset, more, payload }) =>
    serializeIpv4({
      ...ip,
      identification,
      dontFragment: false,
      trailing: new Uint8Array(0),
      checksum: { value: 0, correct: true },
      fragment: { offset, more },
      payload,
    }),
  );
}

function ipv6Fragments(bytes: Uint8Array, most: number, identification: number): readonly Uint8Array[] {
  const parsed = parseIpv6(bytes);
  if (!parsed.ok) throw parsed.error;
  const ip = parsed.value;
  return pieces(ip.payload, most).map(({ offset, more, payload }) => {
    const header = new Uint8Array(8);
    header[0] = ip.protocol;
    const view = new DataView(header.buffer);
    view.setUint16(2, offset | (more ? 1 : 0));
    view.setUint32(4, identification);
    return serializeIpv6({
      ...ip,
      trailing: new Uint8Array(0),
      extensions: [{ protocol: FRAGMENT_HEADER, bytes: header }],
      payload,
    });
  });
}

function pieces(
  bytes: Uint8Array,
  most: number,
): readonly { readonly offset: number; readonly more: boolean; readonly payload: Uint8Array }[] {
  const found = [];
  for (let offset = 0; offset < bytes.length; offset += most) {
    found.push({
      offset,
      more: offset + most < bytes.length,
      payload: bytes.subarray(offset, offset + most),
    });
  }
  return found;
}
