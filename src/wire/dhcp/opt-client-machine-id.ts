/**
 * Option 97, Client Machine Identifier (UUID/GUID): RFC 4578 §2.3; PXE 2.1 Table 2-1; byte order: SMBIOS 2.6 §7.2.1.
 *
 *   | 97 | 17 | type:u8 = 0 | uuid:16 |
 *
 * The 16 octets are the SMBIOS field as stored. Since SMBIOS 2.6 its first three groups are little-endian, so one machine
 * has two spellings: pxelinux prints the octets as they stand on the wire, iPXE and dmidecode the groups as numbers.
 */
import { toHex } from '../bytes.ts';
import { type ParseResult, WireError } from '../wire-error.ts';

const UUID_LENGTH = 16;
const TYPE_UUID = 0;

export type ClientMachineId =
  | {
      readonly kind: 'uuid';
      /** 16 octets, as they stand on the wire. */
      readonly octets: Uint8Array;
      /** Octets after the UUID, kept. */
      readonly trailing: Uint8Array;
    }
  | { readonly kind: 'unknown'; readonly type: number; readonly octets: Uint8Array };

/** WIRE_TRUNCATED where there is no type, or type 0 has less than 16 octets. */
export function parseClientMachineId(data: Uint8Array): ParseResult<ClientMachineId> {
  const type = data[0];
  if (type === undefined)
    return { ok: false, error: new WireError('WIRE_TRUNCATED', 0, 'machine id type', 'need 1 byte, have 0') };
  if (type !== TYPE_UUID) return { ok: true, value: { kind: 'unknown', type, octets: data.subarray(1) } };
  const end = 1 + UUID_LENGTH;
  if (data.length < end)
    return {
      ok: false,
      error: new WireError(
        'WIRE_TRUNCATED',
        1,
        'machine id',
        `need ${UUID_LENGTH} bytes, have ${data.length - 1}`,
      ),
    };
  return { ok: true, value: { kind: 'uuid', octets: data.subarray(1, end), trailing: data.subarray(end) } };
}

/** Throws WireError (WIRE_UNENCODABLE) for a UUID that has not 16 octets. */
export function serializeClientMachineId(id: ClientMachineId): Uint8Array {
  switch (id.kind) {
    case 'uuid':
      if (id.octets.length !== UUID_LENGTH)
        throw new WireError(
          'WIRE_UNENCODABLE',
          1,
          'machine id',
          `wanted ${UUID_LENGTH} octets, got ${id.octets.length}`,
        );
      return Buffer.concat([Uint8Array.of(TYPE_UUID), id.octets, id.trailing]);
    case 'unknown':
      if (id.type === TYPE_UUID)
        throw new WireError('WIRE_UNENCODABLE', 0, 'machine id type', 'wanted 1 to 255, got 0');
      return Buffer.concat([Uint8Array.of(id.type), id.octets]);
    default:
      return id satisfies never;
  }
}

function grouped(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** First three groups turned round: from either spelling to the other. */
function swapGroups(octets: Uint8Array): Uint8Array {
  const swapped = octets.slice();
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped;
}

/** 16 octets as pxelinux prints them, in wire order: the name it asks for under pxelinux.cfg/. */
export function uuidInWireOrder(octets: Uint8Array): string {
  return grouped(toHex(octets));
}

/** 16 octets as iPXE's `${uuid}` and dmidecode print them, the first three groups little-endian (SMBIOS 2.6). */
export function uuidInSmbiosOrder(octets: Uint8Array): string {
  return grouped(toHex(swapGroups(octets)));
}

/** The 16 octets of option 97 from either spelling, or undefined for text that is no UUID. Dashes may be missing. */
export function uuidOctets(text: string, order: 'wire' | 'smbios'): Uint8Array | undefined {
  const digits = text.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(digits)) return undefined;
  const octets = Uint8Array.from(Buffer.from(digits, 'hex'));
  return order === 'wire' ? octets : swapGroups(octets);
}

/** Both spellings, since a host key made from one is not found by a client that prints the other. */
export function formatClientMachineId(id: ClientMachineId): string {
  switch (id.kind) {
    case 'uuid':
      return `${uuidInWireOrder(id.octets)} (SMBIOS order ${uuidInSmbiosOrder(id.octets)})`;
    case 'unknown':
      return `type ${id.type} ${toHex(id.octets)}`.trimEnd();
    default:
      return id satisfies never;
  }
}
