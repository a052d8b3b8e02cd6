/**
 * Option 175, iPXE encapsulated options: iPXE src/include/ipxe/dhcp.h and features.h. Sent by the client (features, bus
 * id, version) and by servers to iPXE (no-pxedhcp and other settings). PAD and END as in option 43.
 *
 *   | 175 | length | ( code:u8 length:u8 data )*, 255 may follow |
 *
 *   | 177 | 5 | bus type:u8 | vendor:u16 | device:u16 |
 *   | 235 | 3 | major:u8 | minor:u8 | patch:u8 |
 *   | 16..41 | 1 | version of the feature:u8 |
 */
import type { ParseResult } from '../wire-error.ts';
import {
  type Encapsulation,
  readEncapsulation,
  type SubOption,
  writeEncapsulation,
} from './encapsulated-options.ts';

export const IPXE = {
  priority: 1,
  keepSan: 8,
  skipSanBoot: 9,
  noPxedhcp: 176,
  busId: 177,
  version: 235,
} as const;

/** Feature codes and the names iPXE's own documentation gives them (ipxe.org/howto/dhcpd). */
const FEATURES: ReadonlyMap<number, string> = new Map([
  [16, 'pxeext'],
  [17, 'iscsi'],
  [18, 'aoe'],
  [19, 'http'],
  [20, 'https'],
  [21, 'tftp'],
  [22, 'ftp'],
  [23, 'dns'],
  [24, 'bzimage'],
  [25, 'multiboot'],
  [26, 'slam'],
  [27, 'srp'],
  [32, 'nbi'],
  [33, 'pxe'],
  [34, 'elf'],
  [35, 'comboot'],
  [36, 'efi'],
  [37, 'fcoe'],
  [38, 'vlan'],
  [39, 'menu'],
  [40, 'sdi'],
  [41, 'nfs'],
]);

/** Every feature there is a name for. */
export const IPXE_FEATURES: readonly string[] = [...FEATURES.values()];

const OTHER_NAMES: ReadonlyMap<number, string> = new Map([
  [IPXE.priority, 'priority'],
  [2, 'yiaddr'],
  [3, 'siaddr'],
  [IPXE.keepSan, 'keep-san'],
  [IPXE.skipSanBoot, 'skip-san-boot'],
  [81, 'scriptlet'],
  [85, 'syslogs'],
  [90, 'trust'],
  [91, 'cert'],
  [92, 'key'],
  [93, 'cross-cert'],
  [IPXE.noPxedhcp, 'no-pxedhcp'],
  [IPXE.busId, 'bus-id'],
  [178, 'use-cached'],
  [187, 'san-retry'],
  [188, 'san-filename'],
  [189, 'san-drive'],
  [190, 'username'],
  [191, 'password'],
  [192, 'reverse-username'],
  [193, 'reverse-password'],
  [194, 'uid'],
  [195, 'gid'],
  [IPXE.version, 'version'],
]);

type IpxeBusId = { readonly type: number; readonly vendor: number; readonly device: number };

/** What an option 175 says, where its values have the lengths iPXE gives them. The sub-options themselves are all there. */
export type IpxeOptions = Encapsulation & {
  /** Names of the features, in wire order; `feature-42` for a code of that range that is not known here. */
  readonly features: readonly string[];
  /** `1.0.0`: the three octets of 235, or undefined. */
  readonly version: string | undefined;
  readonly busId: IpxeBusId | undefined;
  /** 176: the client is told not to wait for proxyDHCP. Undefined where it is not there. */
  readonly noPxedhcp: number | undefined;
  /** 1: a signed octet, the weight of this offer against others. Undefined where it is not there. */
  readonly priority: number | undefined;
};

/** WIRE_TRUNCATED where a sub-option runs over the end of the option. */
export function parseIpxeOptions(data: Uint8Array): ParseResult<IpxeOptions> {
  const encapsulation = readEncapsulation(data, '175');
  if (!encapsulation.ok) return encapsulation;
  const { subOptions, end } = encapsulation.value;
  const features: string[] = [];
  let version: string | undefined;
  let busId: IpxeBusId | undefined;
  let noPxedhcp: number | undefined;
  let priority: number | undefined;
  for (const { code, data: value } of subOptions) {
    if (isFeatureCode(code)) features.push(FEATURES.get(code) ?? `feature-${code}`);
    else if (code === IPXE.version && value.length === 3) version = value.join('.');
    else if (code === IPXE.busId && value.length === 5) busId = readBusId(value);
    else if (code === IPXE.noPxedhcp && value.length === 1) noPxedhcp = value[0];
    else if (code === IPXE.priority && value.length === 1) priority = ((value[0] ?? 0) << 24) >> 24;
  }
  return { ok: true, value: { subOptions, end, features, version, busId, noPxedhcp, priority } };
}

/** The ranges that features.h sets aside for features: 16 to 31 protocols and parts, 32 to 47 images and the like. */
function isFeatureCode(code: number): boolean {
  return code >= 16 && code < 48;
}

function readBusId(value: Uint8Array): IpxeBusId {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { type: view.getUint8(0), vendor: view.getUint16(1), device: view.getUint16(3) };
}

/** Byte-exact inverse: the sub-options and what followed them. Throws WireError (WIRE_UNENCODABLE) for code 255. */
export function serializeIpxeOptions(
  options: Pick<Encapsulation, 'end'> & { readonly subOptions: readonly Pick<SubOption, 'code' | 'data'>[] },
): Uint8Array {
  return writeEncapsulation(options.subOptions, options.end, '175');
}

/** The name of a sub-option, or undefined. */
export function ipxeOptionName(code: number): string | undefined {
  return FEATURES.get(code) ?? OTHER_NAMES.get(code);
}

/** `iPXE 1.0.0, bus 1 8086:100e, pxeext iscsi http`. */
export function formatIpxeOptions(options: IpxeOptions): string {
  const { version, busId, noPxedhcp, priority, features } = options;
  const hex = (value: number): string => value.toString(16).padStart(4, '0');
  const parts: string[] = [];
  if (version !== undefined) parts.push(`iPXE ${version}`);
  if (busId !== undefined) parts.push(`bus ${busId.type} ${hex(busId.vendor)}:${hex(busId.device)}`);
  if (noPxedhcp !== undefined) parts.push(`no-pxedhcp ${noPxedhcp}`);
  if (priority !== undefined) parts.push(`priority ${priority}`);
  if (features.length > 0) parts.push(features.join(' '));
  return parts.join(', ');
}
