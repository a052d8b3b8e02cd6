import { ByteWriter } from '../../wire/bytes.ts';
import { type Ipv4Fields, serializeIpv4 } from '../../wire/ipv4.ts';
import { type Ipv6Fields, serializeIpv6 } from '../../wire/ipv6.ts';

/** Ethernet's. */
const MTU = 1500;
const IPV6_HEADER = 40;
const FRAGMENT_HEADER = { protocol: 44, length: 8 } as const;

/** A packet as octets, in fragments where it is longer than a frame: RFC 791 §3.2. */
export function ipv4Packets(fields: Ipv4Fields, identification: number): readonly Uint8Array[] {
  const whole = serializeIpv4(fields);
  if (whole.length <= MTU) return [whole];
  const { payload, options, trailing: _padding, missing: _missing, ...header } = fields;
  const room = MTU - (whole.length - payload.length);
  return pieces(payload, room).map(({ from, bytes, more }) =>
    serializeIpv4({
      ...header,
      ...(options === undefined || from > 0 ? {} : { options }),
      ...{ identification: header.identification || identification, dontFragment: false },
      ...{ payload: bytes, fragment: { offset: from, more } },
    }),
  );
}

/** The same of IPv6: RFC 8200 §4.5. The packet has no extension headers. */
export function ipv6Packets(fields: Ipv6Fields, identification: number): readonly Uint8Array[] {
  const whole = serializeIpv6(fields);
  if (whole.length <= MTU) return [whole];
  const { payload, protocol } = fields;
  return pieces(payload, MTU - IPV6_HEADER - FRAGMENT_HEADER.length).map(({ from, bytes, more }) => {
    const header = new ByteWriter(FRAGMENT_HEADER.length)
      .u8('next header', protocol)
      .u8('reserved', 0)
      .u16('fragment offset', from + (more ? 1 : 0))
      .u32('identification', identification)
      .bytes();
    return serializeIpv6({
      ...fields,
      ...{ payload: bytes, extensions: [{ protocol: FRAGMENT_HEADER.protocol, bytes: header }] },
    });
  });
}

type Piece = { readonly from: number; readonly bytes: Uint8Array; readonly more: boolean };

/** Offsets are counted in eights of octets. */
function pieces(payload: Uint8Array, room: number): readonly Piece[] {
  const length = room - (room % 8);
  const count = Math.ceil(payload.length / length);
  return Array.from({ length: count }, (_, i) => ({
    from: i * length,
    bytes: payload.subarray(i * length, (i + 1) * length),
    more: i + 1 < count,
  }));
}
