import type { Ipv4Address } from '../../wire/address.ts';

/** One line of a PXE menu (43.9). */
export type PxeMenuItem = {
  /** Boot server type: 0 leaves the network boot and goes on with the local disk (PXE 2.1 Table 2-1, as all clients read it). */
  readonly type: number;
  readonly text: string;
  /** A boot server of somebody else's that answers for this type on its port 4011. Undefined: this server does. */
  readonly server: Ipv4Address | undefined;
  /** By architecture. Clients of another architecture are not shown the item. */
  readonly files: ReadonlyMap<number, string>;
  /** Who serves `files` by TFTP, if not BootConfig.nextServer. */
  readonly nextServer: Ipv4Address | undefined;
};

export type PxeMenu = {
  readonly prompt: string;
  /** Seconds until the first item is taken; 0: at once, without a prompt; 255: never. */
  readonly timeout: number;
  readonly items: readonly PxeMenuItem[];
};

export type BootConfig = {
  /** siaddr: who serves the boot file by TFTP. */
  readonly nextServer: Ipv4Address;
  /** Its name, for sname and option 66; undefined: its address there. */
  readonly nextServerName: string | undefined;
  /** What firmware gets, by its architecture (option 93, IANA's codes). */
  readonly files: ReadonlyMap<number, string>;
  /** What firmware gets whatever its architecture is: for one client, whose operator knows the machine. */
  readonly anyArchitecture: string | undefined;
  /** What a client gets that does not say its architecture at all. */
  readonly withoutArchitecture: string | undefined;
  /** What a Raspberry Pi's own firmware gets, which says it was an x86 BIOS. */
  readonly raspberryPi: string | undefined;
  /** What iPXE gets: a script's URL. Never one of `files`, so that iPXE is not sent iPXE again. */
  readonly ipxe: string | undefined;
  /** Features (option 175) that the script needs, besides what its URL needs. */
  readonly ipxeNeeds: readonly string[];
  /**
   * An iPXE without those: `chainload` sends it what firmware of its architecture gets, once; `script` sends it the script all
   * the same.
   */
  readonly limitedIpxe: 'chainload' | 'script' | 'nothing';
  /** Tells iPXE (175.176) not to wait two seconds for a proxyDHCP offer. */
  readonly noProxyDhcp: boolean;
  /** Option 17: the disk that iPXE attaches (and boots, if it gets no script). */
  readonly rootPath: string | undefined;
  /** 175.8 and 175.9: the disk stays attached when the script ends, and is not booted. */
  readonly keepSan: boolean;
  readonly skipSanBoot: boolean;
  /** Where the names of server and file stand. Option 67 only if asked for, unless it is the only place. */
  readonly inServerField: boolean;
  readonly inOption66: boolean;
  readonly inFileField: boolean;
  readonly inOption67: boolean;
  /**
   * A name of more than 127 octets: into option 67 alone, or cut after 127, which no client can boot from. The latter is
   * what dnsmasq does, and there to stage that defect on purpose.
   */
  readonly longNames: 'option-67' | 'cut';
  /**
   * Offers to PXE ROMs. Option 60 alone would send EDK2 to port 4011, so it comes only together with what it promises:
   * - `plain`: DHCP without option 60;
   * - `skip-discovery`: option 60, and 43.6 = 8: take the file, discover nothing;
   * - `menu`: option 60 and the menu; what is chosen is asked for on port 4011, which is served then;
   * - `boot-server`: option 60 alone, and the file on port 4011: for firmware that passes over offers with 43.6 = 8.
   */
  readonly pxeOffer: 'plain' | 'skip-discovery' | 'menu' | 'boot-server';
  readonly menu: PxeMenu | undefined;
};

/** Port 4011 has to be answered where an offer sends clients there. */
export function needsBootServer({ pxeOffer }: BootConfig): boolean {
  return pxeOffer === 'menu' || pxeOffer === 'boot-server';
}

/** What one client boots otherwise than everybody. */
export type ClientBoot = Partial<BootConfig>;

export function bootOf(everybody: BootConfig, own: ClientBoot | undefined): BootConfig {
  return own === undefined ? everybody : { ...everybody, ...own };
}

/** Where this server is also the next server, clients hear of it by the address it has on their network. */
export function bootAt(
  address: Ipv4Address,
  { serverAddress, boot }: { readonly serverAddress: Ipv4Address; readonly boot: BootConfig },
): BootConfig {
  return boot.nextServer === serverAddress ? { ...boot, nextServer: address } : boot;
}
