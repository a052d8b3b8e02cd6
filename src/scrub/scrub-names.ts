/**
 * Names in DNS's form (RFC 1035 §4.1.4), in place: a label keeps its length, so compression pointers keep pointing at what
 * they pointed at.
 */
import type { Ipv4Address, Ipv6Address } from '../wire/address.ts';
import { ipv6FromBytes, ipv6ToBytes } from '../wire/address.ts';
import { latin1, toHex } from '../wire/bytes.ts';
import type { Pseudonyms } from './pseudonyms.ts';

const POINTER = 0xc0;
/** RFC 1035 §3.1: a name has at most 255 octets, so not more labels than this. */
const MOST_LABELS = 128;

type Inline = { readonly at: number; readonly text: string };

/** Labels that stand at `at` themselves, the whole name with what pointers add, and where the name ends. */
function readLabels(
  bytes: Uint8Array,
  at: number,
): { readonly inline: readonly Inline[]; readonly name: string; readonly end: number } {
  const inline: Inline[] = [];
  const all: string[] = [];
  let next = at;
  let end: number | undefined;
  for (let count = 0; count < MOST_LABELS; count++) {
    const length = bytes[next];
    if (length === undefined || length === 0) break;
    if ((length & POINTER) === POINTER) {
      end ??= next + 2;
      next = ((length & 0x3f) << 8) | (bytes[next + 1] ?? 0);
      continue;
    }
    const text = latin1(bytes.subarray(next + 1, next + 1 + length));
    if (end === undefined) inline.push({ at: next + 1, text });
    all.push(text);
    next += 1 + length;
  }
  return { inline, name: all.join('.'), end: end ?? Math.min(bytes.length, next + 1) };
}

/** Replaces the name at `at`; `original` is the message as it was. Returns where the name ends. */
export function putName(bytes: Uint8Array, original: Uint8Array, at: number, to: Pseudonyms): number {
  const { inline, name, end } = readLabels(original, at);
  const put = (place: number, text: string): void => bytes.set(Buffer.from(text, 'latin1'), place);
  if (/\.in-addr\.arpa$/i.test(name) && inline.length >= 4 && reversed(inline, put, to)) return end;
  if (/\.ip6\.arpa$/i.test(name) && inline.length >= 32) {
    const nibbles = inline.slice(0, 32);
    const hex = nibbles
      .map(({ text }) => text)
      .reverse()
      .join('');
    const made = toHex(ipv6ToBytes(to.ipv6(ipv6FromBytes(Buffer.from(hex, 'hex')) as Ipv6Address)));
    for (const [i, { at: place }] of nibbles.entries()) put(place, made[31 - i] as string);
    return end;
  }
  const made = to.name(name).split('.');
  for (const [i, { at: place, text }] of inline.entries()) {
    const label = made[i];
    if (label !== undefined && label.length === text.length) put(place, label);
  }
  return end;
}

/** The octets of an address, last first. Their lengths may change places, their sum does not. */
function reversed(
  inline: readonly Inline[],
  put: (at: number, text: string) => void,
  to: Pseudonyms,
): boolean {
  const four = inline.slice(0, 4);
  const first = four[0];
  if (first === undefined || !four.every(({ text }) => /^\d{1,3}$/.test(text) && Number(text) < 256))
    return false;
  const address = four
    .map(({ text }) => Number(text))
    .reverse()
    .join('.') as Ipv4Address;
  const labels = to.ipv4(address).split('.').reverse();
  put(first.at - 1, labels.map((label) => String.fromCharCode(label.length) + label).join(''));
  return true;
}

/** A list of names to the end of the field: domain search lists (RFC 3397), DHCPv6 option 24. */
export function putNames(bytes: Uint8Array, to: Pseudonyms): void {
  const original = bytes.slice();
  for (let at = 0; at < original.length; ) at = putName(bytes, original, at, to);
}
