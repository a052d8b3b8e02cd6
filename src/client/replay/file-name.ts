import { type Ipv4Address, ipv4ToBytes } from '../../wire/address.ts';

/** A name to compare by: without server, leading slashes and what old firmware leaves behind it (NUL, FF). */
export function plainName(name: string): string {
  return name
    .replace(/[\0\xff].*$/s, '')
    .replace(/^tftp:\/\/[^/]*/i, '')
    .replaceAll('\\', '/')
    .replace(/^\/+/, '');
}

/** What TFTP is asked for where a boot file is named so; undefined where another protocol is. */
export function tftpName(name: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^/]*\/?/i.exec(name);
  if (scheme === null) return name;
  return scheme[1]?.toLowerCase() === 'tftp' ? name.slice(scheme[0].length) : undefined;
}

/** The folder of a name, its last slash included; empty where it has none. */
const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/') + 1);

/** What a name has to become, now that the boot file is another and the client has another address. */
export type NameChange = {
  /** Boot files, recorded and now. */
  readonly files: ReadonlyMap<string, string>;
  readonly addresses: readonly (readonly [Ipv4Address, Ipv4Address])[];
};

const ADDRESS_OF_PXELINUX = /(pxelinux\.cfg\/)([0-9A-F]{1,8})$/;

/**
 * The boot file as it is given now; what stands beside it where that is now (pxelinux looks for all its files there); and
 * the client's address in pxelinux's names of its configuration.
 */
export function nameOfNow(recorded: string, { files, addresses }: NameChange): string {
  const given = files.get(recorded);
  if (given !== undefined) return given;
  let name = recorded;
  for (const [before, now] of files) {
    const folder = folderOf(before);
    if (folder !== folderOf(now) && folder !== '' && name.startsWith(folder)) {
      name = folderOf(now) + name.slice(folder.length);
      break;
    }
  }
  return name.replace(ADDRESS_OF_PXELINUX, (whole, head: string, digits: string) => {
    for (const [before, now] of addresses)
      if (hexOf(before).startsWith(digits)) return head + hexOf(now).slice(0, digits.length);
    return whole;
  });
}

const hexOf = (address: Ipv4Address): string =>
  Buffer.from(ipv4ToBytes(address)).toString('hex').toUpperCase();
