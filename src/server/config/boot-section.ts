import type { FieldPath } from '../../config/schema-problems.ts';
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { parseIscsiRootPath } from '../../wire/iscsi-root-path.ts';
import { type BootConfig, bootOf, type ClientBoot } from '../dhcp/boot-config.ts';
import { isIpxeItself, lastPart, SNAME_FIELD_OCTETS } from '../dhcp/boot-name.ts';
import { checkLength, readFiles } from './boot-files-section.ts';
import type { ConfigProblems } from './config-problems.ts';
import { readPxeMenu } from './pxe-menu-section.ts';
import type { RawServerConfig } from './server-config-schema.ts';

type RawBoot = NonNullable<RawServerConfig['boot']>;
type RawClientBoot = NonNullable<
  NonNullable<NonNullable<RawServerConfig['dhcp']>['subnets'][number]['clients']>[number]['boot']
>;

/** `proxy`: beside another DHCP server, where an offer to a PXE ROM has to have option 60. */
export function readBoot(
  raw: RawBoot,
  address: Ipv4Address,
  problems: ConfigProblems,
  service: 'dhcp' | 'proxy' = 'dhcp',
): BootConfig {
  const places = raw['boot-file-in'] ?? ['file', 'option-67'];
  const serverPlaces = raw['server-name-in'] ?? ['sname', 'option-66'];
  const namePlaces = {
    inFileField: places.includes('file'),
    inOption67: places.includes('option-67'),
    longNames: raw['long-names'] ?? 'option-67',
  } as const;
  const menu = raw['pxe-menu'] && readPxeMenu(raw['pxe-menu'], address, namePlaces, problems);
  const boot: BootConfig = {
    nextServer: parseIpv4(raw['next-server'] ?? address) ?? address,
    nextServerName: raw['next-server-name'],
    files: readFiles(raw.files ?? {}, ['boot', 'files'], namePlaces, problems),
    anyArchitecture: undefined,
    withoutArchitecture: raw['without-architecture'],
    raspberryPi: raw['raspberry-pi'],
    ipxe: raw.ipxe,
    ipxeNeeds: raw['ipxe-needs'] ?? [],
    limitedIpxe: raw['limited-ipxe'] ?? 'chainload',
    noProxyDhcp: raw['no-proxy-dhcp'] ?? true,
    rootPath: raw['root-path'],
    keepSan: raw['keep-san'] ?? false,
    skipSanBoot: raw['skip-san-boot'] ?? false,
    inServerField: serverPlaces.includes('sname'),
    inOption66: serverPlaces.includes('option-66'),
    ...namePlaces,
    pxeOffer:
      raw['pxe-offer'] ?? (menu !== undefined ? 'menu' : service === 'proxy' ? 'skip-discovery' : 'plain'),
    menu,
  };
  checkOffer(raw, service, problems);
  checkNames(boot, ['boot'], problems);
  return boot;
}

/** What one client boots; the rest is what everybody does. */
export function readClientBoot(
  raw: RawClientBoot,
  everybody: BootConfig,
  path: FieldPath,
  problems: ConfigProblems,
): ClientBoot {
  const nextServer = raw['next-server'] === undefined ? undefined : parseIpv4(raw['next-server']);
  const script = raw.ipxe;
  const rootPath = raw['root-path'];
  const own: ClientBoot = {
    ...(nextServer === undefined ? {} : { nextServer, nextServerName: undefined }),
    ...(raw.file === undefined ? {} : { anyArchitecture: raw.file }),
    // A disk of its own is what its iPXE boots, unless it is given a script too.
    ...(script === undefined && rootPath === undefined ? {} : { ipxe: script }),
    ...(rootPath === undefined ? {} : { rootPath }),
    ...(raw['keep-san'] === undefined ? {} : { keepSan: raw['keep-san'] }),
    ...(raw['skip-san-boot'] === undefined ? {} : { skipSanBoot: raw['skip-san-boot'] }),
  };
  const boot = bootOf(everybody, own);
  if (raw.file !== undefined) checkLength(raw.file, [...path, 'file'], boot, problems);
  checkNames(boot, path, problems, raw);
  return own;
}

function checkOffer(raw: RawBoot, service: 'dhcp' | 'proxy', problems: ConfigProblems): void {
  const path = ['boot', 'pxe-offer'];
  const offer = raw['pxe-offer'];
  if (offer === 'menu' && raw['pxe-menu'] === undefined) {
    problems.add(path, 'a menu is offered, but there is no pxe-menu');
  }
  if (offer !== undefined && offer !== 'menu' && raw['pxe-menu'] !== undefined) {
    problems.add(path, `there is a pxe-menu, but "${offer}" does not offer it`, 'leave pxe-offer out');
  }
  if (offer === 'plain' && service === 'proxy') {
    problems.add(
      path,
      "PXE ROMs take another server's offer without an address only with option 60",
      'leave pxe-offer out, or say skip-discovery or boot-server',
    );
  }
}

/** `changed`: only what a client's own section says is looked at. */
function checkNames(
  boot: BootConfig,
  path: FieldPath,
  problems: ConfigProblems,
  changed?: RawClientBoot,
): void {
  const isNew = (key: keyof RawClientBoot): boolean => changed === undefined || changed[key] !== undefined;
  if (changed === undefined) {
    if (boot.withoutArchitecture !== undefined) {
      checkLength(boot.withoutArchitecture, [...path, 'without-architecture'], boot, problems);
    }
    if (boot.raspberryPi !== undefined) {
      checkLength(boot.raspberryPi, [...path, 'raspberry-pi'], boot, problems);
    }
    if (boot.inServerField && (boot.nextServerName ?? '').length > SNAME_FIELD_OCTETS) {
      problems.add(
        [...path, 'next-server-name'],
        `wanted at most ${SNAME_FIELD_OCTETS} octets, which sname holds; got ${boot.nextServerName?.length}`,
        'let "server-name-in" have option-66 alone',
      );
    }
  }
  if (boot.ipxe !== undefined && (isNew('ipxe') || isNew('file'))) {
    if (isNew('ipxe')) checkLength(boot.ipxe, [...path, 'ipxe'], boot, problems);
    checkNoLoop(
      boot.ipxe,
      boot,
      [...path, changed === undefined || isNew('ipxe') ? 'ipxe' : 'file'],
      problems,
    );
  }
  if (boot.rootPath !== undefined && isNew('root-path')) checkRootPath(boot.rootPath, path, problems);
}

/** What has just said that it is iPXE is never sent iPXE: by what firmware gets, and by the names iPXE is built under. */
function checkNoLoop(script: string, boot: BootConfig, path: FieldPath, problems: ConfigProblems): void {
  const { files, withoutArchitecture = '', anyArchitecture = '', menu } = boot;
  const forFirmware = [
    ...files.values(),
    ...[withoutArchitecture, anyArchitecture],
    ...(menu?.items.flatMap((item) => [...item.files.values()]) ?? []),
  ].map(lastPart);
  const remedy = "wanted a script's URL";
  if (lastPart(script) !== '' && forFirmware.includes(lastPart(script))) {
    problems.add(path, `"${script}" is what firmware gets: iPXE would load it for ever`, remedy);
  } else if (isIpxeItself(script)) {
    problems.add(path, `"${script}" is iPXE by its name: iPXE would load it for ever`, remedy);
  }
}

/** RFC 4173 §5, as iPXE reads it: five colons, and more of them only in the target's name. Other schemes are iPXE's affair. */
function checkRootPath(rootPath: string, path: FieldPath, problems: ConfigProblems): void {
  const parsed = rootPath.startsWith('iscsi:') ? parseIscsiRootPath(rootPath) : undefined;
  if (typeof parsed !== 'string') return;
  problems.add(
    [...path, 'root-path'],
    parsed,
    'e.g. iscsi:san.example.com::::iqn.2007-08.com.example.san:disk; LUN is hexadecimal',
  );
}
