/**
 * Who a client says it is, from one of its own DHCP messages: options 60, 77, 93, 97 and 175, and chaddr.
 * Used by the story (who spoke) and by servers (what to answer), so that both see the same client.
 */
import type { MacAddress } from '../address.ts';
import { BOOTREQUEST, clientMac, type DhcpMessage, optionData } from './message.ts';
import { parseClientArchitectures } from './opt-client-architecture.ts';
import { parseClientMachineId, uuidInSmbiosOrder, uuidInWireOrder } from './opt-client-machine-id.ts';
import { type IpxeOptions, parseIpxeOptions } from './opt-ipxe.ts';
import { hasUserClass, parseUserClass, type UserClass } from './opt-user-class.ts';
import { parseVendorClass, type VendorClass, type VendorClassKind } from './opt-vendor-class.ts';

const HTYPE_ETHERNET = 1;

/** What shows that the client is iPXE: its user class in either encoding, or option 175 where the class is another one. */
type IpxeEvidence = 'user-class-raw' | 'user-class-rfc3004' | 'option-175' | 'none';

export type ClientIdentity = {
  /** Undefined where chaddr holds no Ethernet address (htype not 1, or hlen not 6). */
  readonly mac: MacAddress | undefined;
  /** Most preferred first, as in option 93; where that is absent or odd, the one of option 60; else empty. */
  readonly architectures: readonly number[];
  readonly architecturesFrom: 'option-93' | 'option-60' | 'none';
  readonly isIpxe: boolean;
  readonly ipxeEvidence: IpxeEvidence;
  /** `other` also where there is no option 60. */
  readonly vendorClassKind: VendorClassKind;
  /** Option 60, or undefined. */
  readonly vendorClass: VendorClass | undefined;
  /** Option 77, or undefined. */
  readonly userClass: UserClass | undefined;
  /** Option 97, type 0, in both spellings; undefined where there is none or it is malformed. */
  readonly uuid: { readonly wire: string; readonly smbios: string } | undefined;
  /** Option 175, or undefined where there is none or it is malformed. */
  readonly ipxe: IpxeOptions | undefined;
};

/** A reply (op 2) is never iPXE's: servers send option 175 too. */
export function identifyClient(message: DhcpMessage): ClientIdentity {
  const vendorClass = read(message, 60, parseVendorClass);
  const userClass = read(message, 77, parseUserClass);
  const machineId = read(message, 97, parseClientMachineId);
  const listed = read(message, 93, parseClientArchitectures) ?? [];
  const named =
    vendorClass === undefined || vendorClass.kind === 'other' ? undefined : vendorClass.architecture;
  const ipxeEvidence = evidenceOfIpxe(message, userClass);
  return {
    mac: ethernetMac(message),
    architectures: listed.length > 0 || named === undefined ? listed : [named],
    architecturesFrom: listed.length > 0 ? 'option-93' : named === undefined ? 'none' : 'option-60',
    isIpxe: ipxeEvidence !== 'none',
    ipxeEvidence,
    vendorClassKind: vendorClass?.kind ?? 'other',
    vendorClass,
    userClass,
    uuid:
      machineId?.kind === 'uuid'
        ? { wire: uuidInWireOrder(machineId.octets), smbios: uuidInSmbiosOrder(machineId.octets) }
        : undefined,
    ipxe: read(message, 175, parseIpxeOptions),
  };
}

/** The hardware address, where chaddr holds an Ethernet one (htype 1, hlen 6). */
export function ethernetMac(message: DhcpMessage): MacAddress | undefined {
  return message.htype === HTYPE_ETHERNET && message.hlen === 6 ? clientMac(message) : undefined;
}

function evidenceOfIpxe(message: DhcpMessage, userClass: UserClass | undefined): IpxeEvidence {
  if (message.op !== BOOTREQUEST) return 'none';
  if (userClass !== undefined && hasUserClass(userClass, 'iPXE')) {
    return userClass.encoding === 'raw' ? 'user-class-raw' : 'user-class-rfc3004';
  }
  return optionData(message, 175) === undefined ? 'none' : 'option-175';
}

function read<T>(
  message: DhcpMessage,
  code: number,
  parse: (data: Uint8Array) => { readonly ok: true; readonly value: T } | { readonly ok: false },
): T | undefined {
  const data = optionData(message, code);
  if (data === undefined) return undefined;
  const result = parse(data);
  return result.ok ? result.value : undefined;
}
