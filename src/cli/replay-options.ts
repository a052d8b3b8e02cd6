import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { ReplayOptions } from '../client/replay/exchange.ts';
import {
  type Ipv4Address,
  type Ipv6Address,
  ipv6FromBytes,
  ipv6ToBytes,
  parseIpv4,
} from '../wire/address.ts';
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
export function readRelays(texts: readonly string[] = []): ReplayOptions['relays'] {
  const relays = { v4: new Map<Ipv4Address, Ipv4Address>(), v6: new Map<Ipv6Address, Ipv6Address>() };
  for (const text of texts) {
    const [recorded = '', now = '', ...more] = text.split('=');
    const v4 = [parseIpv4(recorded), parseIpv4(now)] as const;
    const v6 = [ipv6Of(recorded), ipv6Of(now)] as const;
    if (more.length === 0 && v4[0] !== undefined && v4[1] !== undefined) relays.v4.set(v4[0], v4[1]);
    else if (more.length === 0 && v6[0] !== undefined && v6[1] !== undefined) relays.v6.set(v6[0], v6[1]);
    else
      throw new UsageError(
        `--relay: wanted two addresses, both IPv4 or both IPv6, got ${JSON.stringify(text)}`,
        'RECORDED=NOW, for example --relay 192.168.7.1=10.188.0.2',
      );
  }
  return relays;
}

/** In the one form that RFC 5952 has for it. */
function ipv6Of(text: string): Ipv6Address | undefined {
  try {
    return ipv6FromBytes(ipv6ToBytes(text as Ipv6Address));
  } catch {
    return undefined;
  }
}

/** Opened before anything is done, so that it is not in the end that it turns out not to be possible. Throws UsageError. */
export async function openKept(path: string): Promise<Writable> {
  try {
    const file = await open(path, 'w');
    return file.createWriteStream();
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
