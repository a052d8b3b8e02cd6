import type { ServerConfig } from './config/server-config.ts';
import { needsBootServer } from './dhcp/boot-config.ts';
import { bootServerOf } from './dhcp/boot-server.ts';
import { isInSubnet } from './dhcp/subnet-choice.ts';
import { type GeneratedFile, generatedFile } from './orders/generated-files.ts';
import { type BootFolder, openBootFolder } from './shell/boot-folder.ts';
import { HTTP_LIMITS } from './shell/http-limits.ts';
import { type OwnInterfaces, ownInterfaces } from './shell/own-interface.ts';
import { ServerError } from './shell/server-error.ts';
import { openUploadFolder } from './shell/upload-folder.ts';

/** A proxy stands on one wire: which networks are on others, it does not know. */
export function interfacesOf({ address, dhcp, proxy }: ServerConfig): OwnInterfaces | undefined {
  if (proxy !== undefined) return ownInterfaces(address, () => false);
  return dhcp && ownInterfaces(address, (own) => dhcp.subnets.some((subnet) => isInSubnet(own, subnet)));
}

/** What each service is told: the configuration, with its folders opened. Throws ServerError SERVER_NO_FOLDER. */
export async function settingsOf(
  { dhcp, proxy, tftp, http, dns }: ServerConfig,
  own: OwnInterfaces | undefined,
) {
  return {
    dns: dns?.zone,
    tftp: tftp && (await tftpSettings(tftp, http)),
    http: http && {
      site: { boot2: http.boot2, boot1: http.boot1, orders: http.orders },
      folder: http.root === undefined ? undefined : await folderOf(http.root),
      limits: { ...HTTP_LIMITS, ...http.limits },
      ...(http.tls === undefined ? {} : { tls: http.tls }),
    },
    proxy,
    bootServer: bootServerSettings({ dhcp, proxy }),
    dhcp: own && dhcp && { ...dhcp, ownAddresses: own.ownAddresses },
  };
}

/** Port 4011: always beside another DHCP server, and where our own offers send clients there. */
export function bootServerSettings({ dhcp, proxy }: Pick<ServerConfig, 'dhcp' | 'proxy'>) {
  if (proxy?.withBootServer === true) return bootServerOf(proxy);
  return dhcp !== undefined && needsBootServer(dhcp.boot) ? bootServerOf(dhcp) : undefined;
}

async function tftpSettings(tftp: NonNullable<ServerConfig['tftp']>, http: ServerConfig['http']) {
  const { root, upload } = tftp;
  return {
    ...tftp,
    folder: await folderOf(root),
    generated: http && ((segments: readonly string[]) => octetsOf(generatedFile(segments, http))),
    upload: upload && {
      ...upload,
      folder: await orNoFolder('let clients write files to', upload.folder, openUploadFolder),
    },
  };
}

function octetsOf(made: GeneratedFile | undefined): Uint8Array | undefined {
  return made === undefined ? undefined : Buffer.from(made.text);
}

const folderOf = (root: string): Promise<BootFolder> => orNoFolder('serve files from', root, openBootFolder);

async function orNoFolder<T>(what: string, folder: string, open: (folder: string) => Promise<T>): Promise<T> {
  try {
    return await open(folder);
  } catch (error) {
    throw new ServerError(
      'SERVER_NO_FOLDER',
      `cannot ${what} ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      'make the folder, or correct its name in the configuration',
      error,
    );
  }
}
