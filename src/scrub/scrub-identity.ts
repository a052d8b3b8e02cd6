import { u16At } from '../wire/bytes.ts';
import type { Pseudonyms } from './pseudonyms.ts';

const DUID = { linkLayerTime: 1, enterprise: 2, linkLayer: 3, uuid: 4 } as const;
const HTYPE_ETHERNET = 1;
/** RFC 4361 §6.1: an IAID and a DUID follow. */
const TYPE_NODE = 255;
const MAC_LENGTH = 6;
const UUID_LENGTH = 16;

/** Option 61, in place: RFC 2132 §9.14 (hardware type and address), PXE 2.1 (type 0 and UUID), RFC 4361. */
export function scrubClientIdentifier(data: Uint8Array, to: Pseudonyms): void {
  const [type = 0] = data;
  const value = data.subarray(1);
  if (type === HTYPE_ETHERNET && value.length === MAC_LENGTH) to.putMac(value);
  else if (type === 0 && value.length === UUID_LENGTH) to.putUuid(value);
  else if (type === TYPE_NODE && value.length > 6) {
    to.putOpaque(value.subarray(0, 4));
    scrubDuid(value.subarray(4), to);
  } else to.putOpaque(value);
}

/** RFC 8415 §11, in place. */
export function scrubDuid(duid: Uint8Array, to: Pseudonyms): void {
  const type = duid.length < 2 ? 0 : u16At(duid, 0);
  const isEthernet = duid.length > 4 && u16At(duid, 2) === HTYPE_ETHERNET;
  if (type === DUID.linkLayerTime && isEthernet && duid.length === 8 + MAC_LENGTH) to.putMac(duid, 8);
  else if (type === DUID.linkLayer && isEthernet && duid.length === 4 + MAC_LENGTH) to.putMac(duid, 4);
  else if (type === DUID.uuid && duid.length === 2 + UUID_LENGTH) to.putUuid(duid.subarray(2));
  else if (type === DUID.enterprise) to.putOpaque(duid.subarray(6));
  else to.putOpaque(duid.subarray(2));
}
