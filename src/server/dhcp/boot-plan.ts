/** All that a reply says about booting: siaddr, sname, file and options 17, 43, 60, 66, 67 and 175. */
import { type Ipv4Address, parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import type { ClientIdentity } from '../../wire/dhcp/client-identity.ts';
import type { DhcpMessage } from '../../wire/dhcp/message.ts';
import { IPXE, serializeIpxeOptions } from '../../wire/dhcp/opt-ipxe.ts';
import { textOption } from '../../wire/dhcp/opt-text.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { type BootConfig, needsBootServer } from './boot-config.ts';
import { placeBootName, SNAME_FIELD_OCTETS } from './boot-name.ts';
import type { BootChoice } from './choose-boot.ts';
import { LOCAL_BOOT, menuItemsFor, pxeMenuOption, RASPBERRY_PI_BOOT, SKIP_DISCOVERY } from './pxe-options.ts';
import { requestedCodes } from './reply-options.ts';

export type BootPlan = {
  readonly siaddr: Ipv4Address;
  readonly sname: string;
  readonly file: string;
  readonly options: ReadonlyMap<number, Uint8Array>;
  /** Sent though not asked for. */
  readonly unasked: ReadonlySet<number>;
};

export type BootAsk = {
  readonly request: DhcpMessage;
  readonly client: ClientIdentity;
  readonly choice: BootChoice;
  readonly boot: BootConfig;
  /** Who answers on port 4011 for the items of a menu. */
  readonly serverAddress: Ipv4Address;
  /** A proxy's offer is none without option 60, also for iPXE. */
  readonly service: 'dhcp' | 'proxy';
};

export function planBoot(ask: BootAsk): BootPlan {
  const { client, choice, boot, service } = ask;
  const draft = new Draft();
  if (choice.kind === 'file') draft.name(choice.name, boot.nextServer, ask);
  if (client.isIpxe) {
    addIpxeOptions(draft, boot, service);
    if (service === 'proxy' && choice.kind === 'file') draft.pxe(SKIP_DISCOVERY);
  } else if (client.vendorClassKind === 'PXEClient') {
    addPxeOffer(draft, ask);
  } else if (client.vendorClassKind === 'HTTPClient' && choice.kind === 'file') {
    // EDK2 passes over a URL without 60 = HTTPClient, and over the whole offer if it has that and no URL.
    draft.always(OPTION.vendorClass, textOption('HTTPClient'));
    // It resolves the URL's host with this offer's name server or not at all (clauses PXE-024).
    if (hostIsName(choice.name)) draft.unasked.add(OPTION.domainNameServer);
  }
  if (boot.rootPath !== undefined) {
    draft.options.set(OPTION.rootPath, textOption(boot.rootPath));
    if (client.isIpxe) draft.unasked.add(OPTION.rootPath);
  }
  return draft;
}

/**
 * 43 and 60 for a PXE ROM. 60 = PXEClient promises that PXE discovery follows: alone it sends EDK2 to port 4011 even if there is
 * a file (clauses PXE-016).
 */
function addPxeOffer(draft: Draft, { client, choice, boot, serverAddress, service }: BootAsk): void {
  if (choice.stage === 'raspberry-pi') {
    if (choice.kind === 'file') draft.pxe(RASPBERRY_PI_BOOT);
    return;
  }
  // A client with a file of its own has nothing to choose.
  const menu = boot.pxeOffer === 'menu' && boot.anyArchitecture === undefined ? boot.menu : undefined;
  const items = menu === undefined ? [] : menuItemsFor(menu, client.architectures);
  if (menu !== undefined && items.some(({ type }) => type !== LOCAL_BOOT)) {
    draft.pxe(pxeMenuOption(menu, items, serverAddress));
    return;
  }
  if (choice.kind === 'none') return;
  if (boot.pxeOffer === 'boot-server') {
    // EDK2 asks siaddr:4011, and only if that is empty the address in option 54.
    draft.clearName();
    draft.siaddr = serverAddress;
    draft.always(OPTION.vendorClass, textOption('PXEClient'));
  } else if (boot.pxeOffer !== 'plain' || service === 'proxy') {
    draft.pxe(SKIP_DISCOVERY);
  }
}

/** 175, sent to iPXE alone (clauses PXE-020). */
function addIpxeOptions(draft: Draft, boot: BootConfig, service: BootAsk['service']): void {
  const flags: number[] = [];
  // An iPXE that came by way of port 4011 still has the boot server's answer, and would take its own file from there for
  // ever (ipxe/ipxe#908): settings of a higher priority come first.
  if (needsBootServer(boot) || service === 'proxy') flags.push(IPXE.priority);
  if (boot.keepSan) flags.push(IPXE.keepSan);
  if (boot.skipSanBoot) flags.push(IPXE.skipSanBoot);
  if (boot.noProxyDhcp && service === 'dhcp') flags.push(IPXE.noPxedhcp);
  if (flags.length === 0) return;
  const subOptions = flags.map((code) => ({ code, data: Uint8Array.of(1) }));
  draft.options.set(OPTION.ipxe, serializeIpxeOptions({ subOptions, end: new Uint8Array(0) }));
}

/** What a boot server answers on port 4011: PXE 2.1 §2.4.5 Table 2-5. */
export function planBootServerAnswer(
  ask: Pick<BootAsk, 'request' | 'boot'>,
  file: { readonly name: string; readonly nextServer: Ipv4Address | undefined },
  vendorSpecific: Uint8Array,
): BootPlan {
  const draft = new Draft();
  draft.name(file.name, file.nextServer ?? ask.boot.nextServer, ask);
  draft.pxe(vendorSpecific);
  return draft;
}

class Draft implements BootPlan {
  siaddr: Ipv4Address = UNSPECIFIED_IPV4;
  sname = '';
  file = '';
  readonly options = new Map<number, Uint8Array>();
  readonly unasked = new Set<number>();

  always(code: number, data: Uint8Array): void {
    this.options.set(code, data);
    this.unasked.add(code);
  }

  /** 60 and 43. */
  pxe(vendorSpecific: Uint8Array): void {
    this.always(OPTION.vendorClass, textOption('PXEClient'));
    this.always(OPTION.vendorSpecific, vendorSpecific);
  }

  name(name: string, nextServer: Ipv4Address, { request, boot }: Pick<BootAsk, 'request' | 'boot'>): void {
    const places = placeBootName(name, boot, requestedCodes(request)?.includes(OPTION.bootFileName) ?? true);
    // A name goes with one server: another server's is not told by it.
    const server = nextServer === boot.nextServer ? (boot.nextServerName ?? nextServer) : nextServer;
    this.siaddr = nextServer;
    if (boot.inServerField && server.length <= SNAME_FIELD_OCTETS) this.sname = server;
    if (boot.inOption66) this.options.set(OPTION.tftpServerName, textOption(server));
    this.file = places.file;
    if (places.option67 !== undefined) this.always(OPTION.bootFileName, places.option67);
  }

  clearName(): void {
    this.sname = '';
    this.file = '';
    for (const code of [OPTION.tftpServerName, OPTION.bootFileName]) {
      this.options.delete(code);
      this.unasked.delete(code);
    }
  }
}

/** `http://[2001:db8::1]/x` and `http://10.0.0.1:8080/x` need no name server. */
export function hostIsName(url: string): boolean {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(url)?.[1] ?? '';
  return host !== '' && !host.startsWith('[') && parseIpv4(host) === undefined;
}
