import { randomInt } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { ReplayOptions } from '../client/replay/exchange.ts';
import { type Ipv4Address, parseIpv4 } from '../wire/address.ts';
import { UsageError } from './command.ts';

/** `xid,secs`. Throws UsageError. */
export function readRenew(text: string | undefined): ReplayOptions['renew'] {
  const asked = text === undefined ? [] : text.split(',');
  for (const one of asked) {
    if (one !== 'xid' && one !== 'secs')
      throw new UsageError(
        `--renew: wanted xid, secs or both, got ${JSON.stringify(one)}`,
        'for example --renew xid,secs',
      );
  }
  return { xid: asked.includes('xid') ? freshXid() : undefined, secs: asked.includes('secs') };
}

/** The same recorded id becomes the same new one: an exchange stays one. */
function freshXid(): (recorded: number) => number {
  const made = new Map<number, number>();
  return (recorded) => {
    const xid = made.get(recorded) ?? randomInt(1, 2 ** 32);
    made.set(recorded, xid);
    return xid;
  };
}

/** `RECORDED=NOW` of each relay. Throws UsageError. */
export function readRelays(texts: readonly string[] = []): ReadonlyMap<Ipv4Address, Ipv4Address> {
  return new Map(
    texts.map((text) => {
      const [recorded, now, ...more] = text.split('=').map((address) => parseIpv4(address));
      if (recorded === undefined || now === undefined || more.length > 0)
        throw new UsageError(
          `--relay: wanted two IPv4 addresses, got ${JSON.stringify(text)}`,
          'RECORDED=NOW, for example --relay 192.168.7.1=10.188.0.2',
        );
      return [recorded, now];
    }),
  );
}

/** Opened before anything is done, so that it is not in the end that it turns out not to be possible. Throws UsageError. */
export async function openKept(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`--keep: ${path}: ${NOT_WRITTEN[code] ?? message}`, 'name a file of yours', error);
  }
}

const NOT_WRITTEN: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'wanted a file, got a folder',
  EACCES: 'may not be written to',
  EROFS: 'may not be written to',
  ENOSPC: 'the disk is full',
};
