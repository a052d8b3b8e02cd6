/**
 * What comes to port 69, and what is agreed on: RFC 1350 §5, RFC 2347 (options), RFC 2348 (blksize), RFC 2349 (timeout,
 * tsize), RFC 7440 (windowsize). Pure: the file's size comes in, its name goes out.
 *
 * Not handled: mode mail (obsolete since RFC 1350), multicast (RFC 2090).
 */
import {
  parseTftp,
  serializeTftp,
  TFTP_ERROR,
  type TftpOption,
  type TftpRequest,
  tftpOption,
} from '../../wire/tftp.ts';
import { bootPath } from '../files/boot-path.ts';

export type TftpLimits = {
  /** The largest blksize that is granted, and no more than the path carries (blksizeOfMtu). */
  readonly maxBlksize: number;
  readonly maxWindowsize: number;
};

export type TftpAccepted =
  | {
      /** To read, or to write. */
      readonly kind: 'serve' | 'receive';
      readonly request: TftpRequest;
      readonly segments: readonly string[];
      readonly mode: 'octet' | 'netascii';
    }
  | { readonly kind: 'refuse'; readonly file: string; readonly error: Uint8Array; readonly because: string }
  | { readonly kind: 'ignore'; readonly because: string };

/** RFC 2347 "Packet Formats": the maximum size of a request packet. */
const MAX_REQUEST_OCTETS = 512;

/** Judges a datagram that came to the server's port. Never throws, whatever the bytes. */
export function acceptTftpRequest(bytes: Uint8Array): TftpAccepted {
  const parsed = parseTftp(bytes);
  if (!parsed.ok) return refusal('', TFTP_ERROR.illegalOperation, parsed.error.message);
  const packet = parsed.value;
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return acceptFile(packet, bytes.length);
    case 'error':
      // RFC 1350 §7: errors are not answered, or two servers would never stop.
      return { kind: 'ignore', because: `ERROR ${packet.code} outside a transfer` };
    case 'data':
    case 'ack':
    case 'oack':
    case 'unknown':
      return refusal('', TFTP_ERROR.illegalOperation, 'wanted a read request');
    default:
      return packet satisfies never;
  }
}

function acceptFile(request: TftpRequest, octets: number): TftpAccepted {
  const { file } = request;
  if (octets > MAX_REQUEST_OCTETS) {
    return refusal(
      file,
      TFTP_ERROR.illegalOperation,
      `wanted a request of at most ${MAX_REQUEST_OCTETS} octets`,
    );
  }
  const mode = request.mode.toLowerCase();
  if (mode !== 'octet' && mode !== 'netascii') {
    return refusal(file, TFTP_ERROR.illegalOperation, 'wanted mode octet or netascii');
  }
  // Clients of Windows servers write backslashes. Names are octets on the wire and UTF-8 on the disk.
  const path = bootPath(Buffer.from(file, 'latin1').toString('utf8').replaceAll('\\', '/'));
  if (path.kind === 'refused') {
    return path.reason === 'outside'
      ? refusal(file, TFTP_ERROR.accessViolation, 'access violation')
      : refusal(file, TFTP_ERROR.fileNotFound, 'file not found');
  }
  return { kind: request.kind === 'rrq' ? 'serve' : 'receive', request, segments: path.segments, mode };
}

function refusal(file: string, code: number, because: string): TftpAccepted {
  return { kind: 'refuse', file, error: tftpError(code, because), because };
}

export function tftpError(code: number, message: string): Uint8Array {
  return serializeTftp({ kind: 'error', code, message: message.replace(/[^ -~]/g, '?') });
}

export type TftpTerms = {
  readonly blksize: number;
  readonly windowsize: number;
  /** From the timeout option; undefined: the server's own judgement. */
  readonly timeoutMs: number | undefined;
  /** What the OACK says; empty: there is none, the transfer starts with DATA 1 (RFC 2347). */
  readonly oack: readonly TftpOption[];
};

const DEFAULT_BLKSIZE = 512;
/** IPv4, UDP and TFTP in front of the block. */
const HEADER_OCTETS = 20 + 8 + 4;

/** The largest blksize whose packets are not cut into fragments, which PXE ROMs do not join: 1468 where the MTU is 1500. */
export function blksizeOfMtu(mtu: number): number {
  return Math.max(8, mtu - HEADER_OCTETS);
}

/**
 * Grants what can be granted and leaves the rest out. Nothing is granted that was not asked for, and no value is raised:
 * pxelinux ends the transfer over one option too many. Names go back in the client's spelling and order.
 * `size` undefined: the client is to write, and tsize is what it says (RFC 2349).
 */
export function negotiateTftp(
  options: readonly TftpOption[],
  size: number | undefined,
  limits: TftpLimits,
): TftpTerms {
  const oack = options.flatMap((option, at): TftpOption[] => {
    const name = option.name.toLowerCase();
    // A name that stands twice counts once.
    if (options.findIndex((other) => other.name.toLowerCase() === name) !== at) return [];
    const value = granted(name, option.value, size, limits);
    return value === undefined ? [] : [{ name: option.name, value: String(value) }];
  });
  const number = (name: string): number | undefined => {
    const value = tftpOption(oack, name);
    return value === undefined ? undefined : Number(value);
  };
  const timeout = number('timeout');
  return {
    blksize: number('blksize') ?? DEFAULT_BLKSIZE,
    windowsize: number('windowsize') ?? 1,
    timeoutMs: timeout === undefined ? undefined : 1000 * timeout,
    oack,
  };
}

function granted(
  name: string,
  value: string,
  size: number | undefined,
  limits: TftpLimits,
): number | undefined {
  const asked = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (asked === undefined) return undefined;
  switch (name) {
    case 'blksize':
      return asked >= 8 && asked <= 65_464 ? Math.min(asked, limits.maxBlksize) : undefined;
    case 'windowsize':
      return asked >= 1 && asked <= 65_535 ? Math.min(asked, limits.maxWindowsize) : undefined;
    case 'timeout':
      // RFC 2349: the same value, or none at all.
      return asked >= 1 && asked <= 255 ? asked : undefined;
    case 'tsize':
      return size ?? asked;
    default:
      return undefined;
  }
}
