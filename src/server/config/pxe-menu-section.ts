import type { FieldPath } from '../../config/schema-problems.ts';
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { isHttpArchitecture } from '../../wire/dhcp/opt-client-architecture.ts';
import { parseArchitecture } from '../dhcp/architecture.ts';
import type { PxeMenu, PxeMenuItem } from '../dhcp/boot-config.ts';
import { LOCAL_BOOT, pxeMenuOption } from '../dhcp/pxe-options.ts';
import { type NamePlaces, readFiles } from './boot-files-section.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { RawServerConfig } from './server-config-schema.ts';

type RawMenu = NonNullable<NonNullable<RawServerConfig['boot']>['pxe-menu']>;
type RawItem = RawMenu['items'][number];

const PATH = ['boot', 'pxe-menu'];
/** PXE 2.1 Table 2-1, tag 8: from 32768 on types are the vendors' own. */
const FIRST_OWN_TYPE = 0x8000;
/** 43.10. */
const NEVER = 255;
/** One option: EDK2 and iPXE do not join parts. */
const OPTION_OCTETS = 255;

export function readPxeMenu(
  raw: RawMenu,
  address: Ipv4Address,
  places: NamePlaces,
  problems: ConfigProblems,
): PxeMenu {
  const items = raw.items.map((item, at) => readItem(item, at, places, problems));
  const types = new Set<number>();
  for (const [at, { type }] of items.entries()) {
    if (types.has(type)) {
      const what = type === LOCAL_BOOT ? 'the local disk' : `type ${type}`;
      problems.add([...PATH, 'items', at], `${what} stands twice`);
    }
    types.add(type);
  }
  const timeout = raw.timeout ?? 10;
  const menu: PxeMenu = {
    prompt: raw.prompt ?? 'Press F8 for a boot menu',
    timeout: timeout === 'never' ? NEVER : timeout,
    items,
  };
  checkSize(menu, address, problems);
  return menu;
}

function readItem(raw: RawItem, at: number, places: NamePlaces, problems: ConfigProblems): PxeMenuItem {
  const path: FieldPath = [...PATH, 'items', at];
  const given = (['files', 'server', 'local-disk'] as const).filter((key) => raw[key] !== undefined);
  if (given.length !== 1) {
    problems.add(path, `wanted one of files, server and local-disk; got ${given.join(' and ') || 'none'}`);
  }
  if (raw['next-server'] !== undefined && raw.files === undefined) {
    problems.add([...path, 'next-server'], 'says where files are, but there are none', 'wanted "server"?');
  }
  if (raw.server !== undefined && raw.type === undefined) {
    problems.add(path, `${raw.server} answers for a type: "type" is missing`);
  }
  if (raw['local-disk'] === true && raw.type !== undefined) {
    problems.add([...path, 'type'], `the local disk has type ${LOCAL_BOOT}, and no other`);
  }
  for (const key of Object.keys(raw.files ?? {})) {
    if (!isHttpArchitecture(parseArchitecture(key) ?? -1)) continue;
    problems.add([...path, 'files', key], 'UEFI HTTP boot knows no PXE menu', 'put it under boot.files');
  }
  return {
    type: raw['local-disk'] === true ? LOCAL_BOOT : (raw.type ?? FIRST_OWN_TYPE + at),
    text: raw.text,
    server: raw.server === undefined ? undefined : parseIpv4(raw.server),
    files: readFiles(raw.files ?? {}, [...path, 'files'], places, problems),
    nextServer: raw['next-server'] === undefined ? undefined : parseIpv4(raw['next-server']),
  };
}

/** All items at once are the most that any client is shown. */
function checkSize(menu: PxeMenu, address: Ipv4Address, problems: ConfigProblems): void {
  const texts = menu.items.reduce((sum, { text }) => sum + text.length + 3, 0);
  // The serializer refuses a tag of more than 255 octets.
  const size = texts > OPTION_OCTETS ? texts : pxeMenuOption(menu, menu.items, address).length;
  if (size > OPTION_OCTETS) {
    problems.add(
      PATH,
      `wanted at most ${OPTION_OCTETS} octets of option 43, which is all that clients read; got ${size}`,
      'shorten the texts (each item also takes 10 octets), or let iPXE show a menu',
    );
  }
}
