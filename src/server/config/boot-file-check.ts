import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { FieldPath } from '../../config/schema-problems.ts';
import { architectureName } from '../../wire/dhcp/opt-client-architecture.ts';
import { machineMismatch, PE_HEADER_OCTETS, readPeHeader } from '../../wire/pe-header.ts';
import { ARCHITECTURE_NAMES, parseArchitecture } from '../dhcp/architecture.ts';
import { isUrl } from '../dhcp/boot-name.ts';
import { bootPath } from '../files/boot-path.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { RawServerConfig } from './server-config-schema.ts';

/** A boot file that the configuration names for one architecture, and that this server is asked for. */
type NamedFile = {
  readonly path: FieldPath;
  readonly architecture: number;
  readonly name: string;
  /** Below which folder of this server it lies, and under which name there. */
  readonly root: string;
  readonly file: string;
};

/** Folders as absolute paths; undefined: that service is not here. */
export type ServedRoots = { readonly tftp: string | undefined; readonly http: string | undefined };

/**
 * Firmware that is sent a program for another machine fetches it and drops it without a word (pftf/RPi4#191): so the files
 * are looked into. One that is not there is no error: it may be put there later.
 */
export function checkBootFiles(raw: RawServerConfig, roots: ServedRoots, problems: ConfigProblems): void {
  for (const { path, architecture, name, root, file } of namedFiles(raw, roots)) {
    const head = headOf(root, file);
    const mismatch = head === undefined ? undefined : machineMismatch(architecture, readPeHeader(head));
    if (mismatch === undefined) continue;
    problems.add(
      path,
      `${name} is not for ${architectureName(architecture)}: ${mismatch}`,
      `put a program for ${ARCHITECTURE_NAMES[architecture]} there, or name it under the architecture it is for`,
    );
  }
}

function namedFiles(raw: RawServerConfig, roots: ServedRoots): readonly NamedFile[] {
  const { address, boot } = raw;
  if (boot === undefined) return [];
  const nextServer = boot['next-server'] ?? address;
  const groups = [
    { path: ['boot', 'files'], files: boot.files, server: nextServer },
    ...(boot['pxe-menu']?.items ?? []).map((item, at) => ({
      path: ['boot', 'pxe-menu', 'items', at, 'files'],
      files: item.files,
      server: item['next-server'] ?? nextServer,
    })),
  ];
  return groups.flatMap(({ path, files = {}, server }) =>
    Object.entries(files).flatMap(([key, name]) => {
      const architecture = parseArchitecture(key);
      const root = isUrl(name) ? roots.http : server === address ? roots.tftp : undefined;
      const file = isUrl(name) ? ownPath(name, raw) : name;
      return architecture === undefined || root === undefined || file === undefined
        ? []
        : [{ path: [...path, key], architecture, name, root, file }];
    }),
  );
}

/** The path of a URL that leads to this server, by its address or by a name that its own DNS has; undefined: elsewhere. */
function ownPath(url: string, { address, dns }: RawServerConfig): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, pathname, search } = new URL(url);
  const named = [dns?.hosts[hostname] ?? []].flat();
  const isOwn = hostname === address || named.includes(address);
  if (!isOwn || !/^https?:$/.test(protocol) || search !== '') return undefined;
  const path = decoded(pathname);
  // By suffix, as EDK2 tells programs from disk images, which are no PE files (clauses HTTP-015).
  return path !== undefined && /\.efi$/i.test(path) ? path : undefined;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The beginning of a file, or undefined: nothing there, or nothing that can be read. */
function headOf(root: string, name: string): Uint8Array | undefined {
  const path = bootPath(name);
  if (path.kind === 'refused') return undefined;
  try {
    // A FIFO must not be waited for.
    const fd = openSync(join(root, ...path.segments), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return undefined;
      const head = new Uint8Array(PE_HEADER_OCTETS);
      return head.subarray(0, readSync(fd, head));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
