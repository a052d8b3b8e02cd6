import type { FieldPath } from '../../config/schema-problems.ts';
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { isHttpArchitecture } from '../../wire/dhcp/opt-client-architecture.ts';
import { FILE_FIELD_OCTETS, isUrl } from '../dhcp/choose-boot.ts';
import type { BootConfig } from '../dhcp/dhcp-config.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { RawServerConfig } from './server-config-schema.ts';

/** One option: more would have to be split, and neither iPXE nor EDK2 joins the parts. */
const OPTION_OCTETS = 255;
const MAX_ARCHITECTURE = 0xffff;

export function readBoot(
  raw: NonNullable<RawServerConfig['boot']>,
  address: Ipv4Address,
  problems: ConfigProblems,
): BootConfig {
  const places = raw['boot-file-in'] ?? ['file', 'option-67'];
  const boot: BootConfig = {
    nextServer: parseIpv4(raw['next-server'] ?? address) ?? address,
    files: new Map(Object.entries(raw.files ?? {}).map(([code, name]) => [Number(code), name])),
    withoutArchitecture: raw['without-architecture'],
    ipxe: raw.ipxe,
    noProxyDhcp: raw['no-proxy-dhcp'] ?? true,
    inFileField: places.includes('file'),
    inOption67: places.includes('option-67'),
    longNames: raw['long-names'] ?? 'option-67',
    pxeOffer: raw['pxe-offer'] ?? 'plain',
  };
  for (const [code, name] of boot.files) {
    const path = ['boot', 'files', String(code)];
    if (code > MAX_ARCHITECTURE) problems.add(path, `wanted a number up to ${MAX_ARCHITECTURE}, got ${code}`);
    // A PXE ROM cannot read a URL, and an HTTP client cannot read anything else.
    if (isHttpArchitecture(code) && !isUrl(name)) problems.add(path, `wanted a URL, got "${name}"`);
    if (!isHttpArchitecture(code) && isUrl(name))
      problems.add(path, `wanted a file's name, got the URL ${name}`);
    checkLength(name, path, boot, problems);
  }
  if (boot.withoutArchitecture !== undefined) {
    checkLength(boot.withoutArchitecture, ['boot', 'without-architecture'], boot, problems);
  }
  if (boot.ipxe !== undefined) {
    checkLength(boot.ipxe, ['boot', 'ipxe'], boot, problems);
    if (isBootFile(boot.ipxe, boot)) {
      problems.add(
        ['boot', 'ipxe'],
        `"${boot.ipxe}" is what firmware gets: iPXE would load it for ever`,
        "wanted a script's URL",
      );
    }
  }
  return boot;
}

/** Compared by the last part of the name: a URL of ipxe.efi is ipxe.efi. */
function isBootFile(name: string, { files, withoutArchitecture = '' }: BootConfig): boolean {
  const last = (path: string): string =>
    path
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? '';
  return [...files.values(), withoutArchitecture].some(
    (file) => last(file) !== '' && last(file) === last(name),
  );
}

function checkLength(name: string, path: FieldPath, boot: BootConfig, problems: ConfigProblems): void {
  if (name.length <= FILE_FIELD_OCTETS || boot.longNames === 'cut') return;
  if (name.length > OPTION_OCTETS) {
    problems.add(
      path,
      `wanted at most ${OPTION_OCTETS} octets, which one DHCP option holds; got ${name.length}`,
      'put the long URL into a script and name that; "long-names: cut" stages the defect on purpose',
    );
  } else if (!boot.inOption67) {
    problems.add(
      path,
      `wanted at most ${FILE_FIELD_OCTETS} octets, which the file field holds; got ${name.length}`,
      'let "boot-file-in" have option-67',
    );
  }
}
