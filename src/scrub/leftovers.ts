/** The last look: does anything that the capture was known by stand in what is to be given away? */
import type { Frame } from '../pcap/frame.ts';
import {
  type Ipv4Address,
  type Ipv6Address,
  ipv4ToBytes,
  ipv6ToBytes,
  type MacAddress,
  macToBytes,
} from '../wire/address.ts';
import { latin1, toHex, u32At } from '../wire/bytes.ts';
import { isKeptIpv4 } from './ipv4-pseudonyms.ts';
import type { Known } from './known.ts';
import { swapped } from './pseudonyms.ts';
import type { Joined } from './stream.ts';

export type Leftover = {
  readonly frame: number;
  /** From the beginning of the frame. */
  readonly offset: number;
  readonly what: string;
};

/** Words shorter than this are found everywhere. */
const SHORTEST_WORD = 4;
const WIDE = /(?:[ -~]\0){8,}/g;
const TEXT_TOKEN = /[0-9a-z][0-9a-z.:%_-]*[0-9a-z]/gi;
/** More is not told. */
const MOST = 100;

type Needle = { readonly bytes: Uint8Array; readonly what: string };

type Found = { readonly offset: number; readonly length: number; readonly what: string };

/**
 * Looks through each frame, and through what goes over several of them (`joined`) for what begins in one and ends in another.
 * `looked` hears how many frames are done.
 */
export function findLeftovers(
  frames: readonly Frame[],
  joined: Iterable<Joined>,
  known: Known,
  looked: (frames: number) => void = () => {},
): readonly Leftover[] {
  const needles = { binary: binaryNeedles(known), texts: textNeedles(known) };
  const found: Leftover[] = [];
  for (const [index, { number, bytes }] of frames.entries()) {
    looked(index);
    for (const { offset, what } of inBytes(bytes, needles)) found.push({ frame: number, offset, what });
    if (found.length >= MOST) return found.slice(0, MOST);
  }
  const lengths = new Map(frames.map(({ number, bytes }) => [number, bytes.length]));
  for (const { bytes, pieces } of joined) {
    for (const one of inBytes(bytes, needles)) {
      const first = pieces.find(({ at, length }) => at <= one.offset && one.offset < at + length);
      // Whole in one frame: found there.
      if (first === undefined || one.offset + one.length <= first.at + first.length) continue;
      // A piece is the end of its frame.
      const offset = (lengths.get(first.frame) ?? 0) - (first.at + first.length - one.offset);
      found.push({ frame: first.frame, offset, what: `${one.what}, which goes on in another frame` });
    }
  }
  return found.slice(0, MOST);
}

type Needles = {
  readonly binary: ReadonlyMap<number, readonly Needle[]>;
  readonly texts: ReadonlyMap<string, string>;
};

function* inBytes(bytes: Uint8Array, { binary, texts }: Needles): Generator<Found> {
  yield* inOctets(bytes, binary);
  yield* inText(latin1(bytes), texts);
}

/** By their first four octets. */
function binaryNeedles(known: Known): ReadonlyMap<number, readonly Needle[]> {
  const needles: Needle[] = [
    ...[...known.macs].map((mac) => ({ bytes: macToBytes(mac as MacAddress), what: `MAC address ${mac}` })),
    ...[...known.ipv4]
      .filter((address) => !isKeptIpv4(address))
      .map((address) => ({ bytes: ipv4ToBytes(address), what: `address ${address}` })),
    ...[...known.ipv6]
      .filter((address) => isTold(address as Ipv6Address))
      .map((address) => ({ bytes: ipv6ToBytes(address as Ipv6Address), what: `address ${address}` })),
    ...[...known.uuids, ...known.uuidTexts].flatMap((hex) => {
      if (/^(00|ff)+$/.test(hex)) return [];
      const octets = Buffer.from(hex, 'hex');
      return [octets, swapped(octets)].map((bytes) => ({ bytes, what: `UUID ${hex}` }));
    }),
  ];
  return Map.groupBy(needles, ({ bytes }) => u32At(bytes, 0));
}

/** Addresses that are replaced: neither groups, nor loopback, nor documentation. */
function isTold(address: Ipv6Address): boolean {
  const hex = toHex(ipv6ToBytes(address));
  return !/^(ff|20010db8|0{31}[01])/.test(hex) && !/^fe80.{12}0{16}/.test(hex) && !/0{16}$/.test(hex);
}

function* inOctets(bytes: Uint8Array, needles: ReadonlyMap<number, readonly Needle[]>): Generator<Found> {
  for (let offset = 0; offset + 4 <= bytes.length; offset++) {
    for (const { bytes: needle, what } of needles.get(u32At(bytes, offset)) ?? []) {
      if (needle.every((octet, i) => bytes[offset + i] === octet))
        yield { offset, length: needle.length, what };
    }
  }
}

/** What text may say, in lower case. */
function textNeedles(known: Known): ReadonlyMap<string, string> {
  const needles = new Map<string, string>();
  for (const mac of known.macs) {
    const octets = mac.split(':');
    const dotted = octets.join('').replace(/....(?=.)/g, '$&.');
    for (const written of [
      mac,
      octets.join('-'),
      octets.join(''),
      octets.join('%3a'),
      `01-${octets.join('-')}`,
      dotted,
    ])
      needles.set(written, `MAC address ${mac}`);
  }
  for (const address of known.ipv4) {
    if (isKeptIpv4(address as Ipv4Address)) continue;
    needles.set(address, `address ${address}`);
    needles.set(toHex(ipv4ToBytes(address)), `address ${address}`);
  }
  for (const hex of [...known.uuids, ...known.uuidTexts]) {
    if (/^(00|ff)+$/.test(hex)) continue;
    for (const octets of [Buffer.from(hex, 'hex'), swapped(Buffer.from(hex, 'hex'))])
      needles.set(toHex(octets).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), `UUID ${hex}`);
  }
  for (const name of [...known.names, ...known.words]) needles.set(name, `name ${name}`);
  for (const serial of known.serials)
    if (serial.length >= SHORTEST_WORD) needles.set(serial.toLowerCase(), `serial number ${serial}`);
  return needles;
}

function* inText(text: string, needles: ReadonlyMap<string, string>): Generator<Found> {
  yield* tokens(text, 0, needles);
  // UTF-16, which EFI writes: at either parity.
  for (const wide of text.matchAll(WIDE)) {
    for (const found of tokens(wide[0].replaceAll('\0', ''), 0, needles))
      yield { offset: wide.index + 2 * found.offset, length: 2 * found.length, what: found.what };
  }
}

function* tokens(text: string, base: number, needles: ReadonlyMap<string, string>): Generator<Found> {
  for (const token of text.matchAll(TEXT_TOKEN)) {
    const whole = token[0].toLowerCase();
    // A token may be a name, or be made of some: an address in a URL's host, a name in a file's.
    const parts = [
      [0, whole] as const,
      ...subTokens(whole, /[0-9a-z.-]+/g),
      ...subTokens(whole, /[0-9a-z]+/g),
    ];
    for (const [at, part] of parts) {
      const what = needles.get(part);
      if (what === undefined) continue;
      yield { offset: base + token.index + at, length: part.length, what };
      break;
    }
  }
}

function subTokens(text: string, pattern: RegExp): (readonly [number, string])[] {
  return Array.from(text.matchAll(pattern), (match) => [match.index, match[0]] as const);
}
