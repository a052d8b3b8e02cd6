/**
 * Option 61, Client Identifier: RFC 2132 §9.14, RFC 4361 §6.1 (type 255).
 *
 *   | 61 | n | type:u8 | identifier:n-1 |
 *   type 1..254: a hardware type (RFC 1700) and its address; iPXE sends 01 and its MAC address
 *   type 0:      anything; PXE 2.1 Table 2-2 wants the UUID of option 97 here
 *   type 255:    iaid:u32, DUID to the end
 *
 * For a server the octets as a whole are the key (RFC 2131 §4.2): what they mean is for people.
 */
import { type MacAddress, macFromBytes } from '../address.ts';
import { toHex } from '../bytes.ts';
import { type ParseResult, WireError } from '../wire-error.ts';

const TYPE_OPAQUE = 0;
const TYPE_DUID = 255;
const HTYPE_ETHERNET = 1;

export type ClientIdentifier =
  | { readonly kind: 'hardware'; readonly htype: number; readonly address: Uint8Array }
  | { readonly kind: 'opaque'; readonly octets: Uint8Array }
  | { readonly kind: 'duid'; readonly iaid: number; readonly duid: Uint8Array };

/** WIRE_TRUNCATED where there is no type, or type 255 has less than an IAID. */
export function parseClientIdentifier(data: Uint8Array): ParseResult<ClientIdentifier> {
  const type = data[0];
  if (type === undefined)
    return {
      ok: false,
      error: new WireError('WIRE_TRUNCATED', 0, 'client identifier type', 'need 1 byte, have 0'),
    };
  if (type === TYPE_OPAQUE) return { ok: true, value: { kind: 'opaque', octets: data.subarray(1) } };
  if (type !== TYPE_DUID)
    return { ok: true, value: { kind: 'hardware', htype: type, address: data.subarray(1) } };
  if (data.length < 5)
    return {
      ok: false,
      error: new WireError('WIRE_TRUNCATED', 1, 'IAID', `need 4 bytes, have ${data.length - 1}`),
    };
  const iaid = new DataView(data.buffer, data.byteOffset).getUint32(1);
  return { ok: true, value: { kind: 'duid', iaid, duid: data.subarray(5) } };
}

/** Throws WireError (WIRE_UNENCODABLE) for a hardware type outside 1 to 254 and an IAID that is no 32-bit integer. */
export function serializeClientIdentifier(id: ClientIdentifier): Uint8Array {
  switch (id.kind) {
    case 'hardware':
      if (!Number.isInteger(id.htype) || id.htype <= TYPE_OPAQUE || id.htype >= TYPE_DUID)
        throw new WireError(
          'WIRE_UNENCODABLE',
          0,
          'client identifier type',
          `wanted 1 to 254, got ${id.htype}`,
        );
      return Buffer.concat([Uint8Array.of(id.htype), id.address]);
    case 'opaque':
      return Buffer.concat([Uint8Array.of(TYPE_OPAQUE), id.octets]);
    case 'duid': {
      if (!Number.isInteger(id.iaid) || id.iaid < 0 || id.iaid > 0xffffffff)
        throw new WireError('WIRE_UNENCODABLE', 1, 'IAID', `wanted an integer of 32 bits, got ${id.iaid}`);
      const data = new Uint8Array(5 + id.duid.length);
      data[0] = TYPE_DUID;
      new DataView(data.buffer).setUint32(1, id.iaid);
      data.set(id.duid, 5);
      return data;
    }
    default:
      return id satisfies never;
  }
}

/** The MAC address inside an identifier of type 1 with six octets, or undefined. */
export function identifiedMac(id: ClientIdentifier): MacAddress | undefined {
  return id.kind === 'hardware' && id.htype === HTYPE_ETHERNET && id.address.length === 6
    ? macFromBytes(id.address)
    : undefined;
}

/** `ether 00:12:34:56:78:90`, `type 6 0102`, `opaque 4c4c`, `iaid 00000001 duid 0001`. */
export function formatClientIdentifier(id: ClientIdentifier): string {
  switch (id.kind) {
    case 'hardware': {
      const mac = identifiedMac(id);
      return mac === undefined ? `type ${id.htype} ${toHex(id.address)}` : `ether ${mac}`;
    }
    case 'opaque':
      return `opaque ${toHex(id.octets)}`;
    case 'duid':
      return `iaid ${id.iaid.toString(16).padStart(8, '0')} duid ${toHex(id.duid)}`;
    default:
      return id satisfies never;
  }
}
