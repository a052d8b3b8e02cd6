/**
 * Option 43 as this server sends it to PXE clients: PXE 2.1 Table 2-1. Always ended by PXE_END, never more than one option
 * long, since EDK2 and iPXE do not join parts.
 *
 * Tag 7, the multicast address, is never sent: bit 1 of tag 6 forbids multicast in every menu (clauses PROXY-010, PXE-015).
 */
import type { Ipv4Address } from '../../wire/address.ts';
import { type DhcpMessage, optionData } from '../../wire/dhcp/message.ts';
import {
  PXE_END,
  type PxeItem,
  parsePxeVendorOptions,
  serializePxeVendorOptions,
} from '../../wire/dhcp/opt-pxe-vendor.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { fileFor } from './architecture.ts';
import type { PxeMenu, PxeMenuItem } from './boot-config.ts';
import { isUrl } from './boot-name.ts';

/** Bits of 43.6. */
const NO_BROADCAST = 1;
const NO_MULTICAST = 2;
const LISTED_SERVERS_ONLY = 4;
const USE_BOOT_FILE = 8;

/** Type 0 is no server's: the client goes on with its local disk. */
export const LOCAL_BOOT = 0;

const pxeOption = (items: readonly PxeItem[]): Uint8Array =>
  serializePxeVendorOptions({ items, end: PXE_END });

/** Take the file of this very reply: no menu, no discovery. Only together with a file (PXE-015). */
export const SKIP_DISCOVERY: Uint8Array = pxeOption([{ kind: 'discovery-control', bits: USE_BOOT_FILE }]);

/**
 * Without this a Raspberry Pi's boot ROM takes no offer: it looks for "Raspberry Pi Boot" in the menu. Type 0 and length 17,
 * and a prompt, which nobody sees.
 */
export const RASPBERRY_PI_BOOT: Uint8Array = pxeOption([
  { kind: 'discovery-control', bits: USE_BOOT_FILE },
  { kind: 'boot-menu', entries: [{ type: LOCAL_BOOT, description: 'Raspberry Pi Boot' }] },
  { kind: 'menu-prompt', timeout: 0, prompt: 'PXE' },
]);

/** The items a client of these architectures can choose from. */
export function menuItemsFor(menu: PxeMenu, architectures: readonly number[]): readonly PxeMenuItem[] {
  return menu.items.filter(
    (item) =>
      item.type === LOCAL_BOOT || item.server !== undefined || itemFile(item, architectures) !== undefined,
  );
}

/** The file of an item for the client's most preferred architecture that has one. */
export function itemFile({ files }: PxeMenuItem, architectures: readonly number[]): string | undefined {
  for (const code of architectures) {
    const file = fileFor(code, files);
    // A ROM cannot read a URL, whatever architecture it lists (clauses PXE-025).
    if (file !== undefined && !isUrl(file)) return file;
  }
  return undefined;
}

/**
 * A menu whose servers are asked by unicast, one after the other: neither broadcast nor multicast, and nobody who is not in the
 * list. `own` answers for all that no other server does.
 */
export function pxeMenuOption(menu: PxeMenu, items: readonly PxeMenuItem[], own: Ipv4Address): Uint8Array {
  const served = items.filter(({ type }) => type !== LOCAL_BOOT);
  const servers = served.map(({ type, server }) => ({ type, addresses: [server ?? own] }));
  return pxeOption([
    { kind: 'discovery-control', bits: NO_BROADCAST | NO_MULTICAST | LISTED_SERVERS_ONLY },
    ...(servers.length === 0 ? [] : [{ kind: 'boot-servers', servers } as const]),
    { kind: 'boot-menu', entries: items.map(({ type, text }) => ({ type, description: text })) },
    { kind: 'menu-prompt', timeout: menu.timeout, prompt: menu.prompt },
  ]);
}

export type BootItem = { readonly type: number; readonly layer: number };

/** Tag 71 of a request, the item that was chosen; undefined: it asks for none, or its 43 is not PXE's. */
export function requestedBootItem(request: DhcpMessage): BootItem | undefined {
  const vendor = optionData(request, OPTION.vendorSpecific);
  const read = vendor === undefined ? undefined : parsePxeVendorOptions(vendor);
  if (read?.ok !== true) return undefined;
  return read.value.items.find((item) => item.kind === 'boot-item');
}

/** 43.71 comes back as it was asked for (PXE 2.1 Table 2-5 and Note 6). */
export function bootItemOption({ type, layer }: BootItem): Uint8Array {
  return pxeOption([{ kind: 'boot-item', type, layer }]);
}
