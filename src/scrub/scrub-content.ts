import { createHash } from 'node:crypto';
import { latin1, u32At } from '../wire/bytes.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { scrubText, type TextContext } from './scrub-text.ts';

/** A file as it was carried. `whole`: no octet of it is missing from the capture. */
export type Content = { readonly bytes: Uint8Array; readonly whole: boolean };

/** Scripts, menus, configurations. What is longer is blanked like any other file. */
const SHORT_TEXT = 32 * 1024;
const PE_POINTER = 0x3c;
/** Of the PE header, from its signature: that and the machine, the optional header's length, its magic, the subsystem. */
const PE_FIELDS = [
  [0, 6],
  [20, 22],
  [24, 26],
  [92, 94],
] as const;
const ELF_HEAD = 20;

/**
 * A file of the same length: a short text with what it names replaced; anything else becomes octets made from its hash, the
 * same wherever the file is carried, apart from the few that tell what kind of program it is.
 */
export function scrubContent({ bytes, whole }: Content, to: Pseudonyms, context: TextContext): Uint8Array {
  if (bytes.length === 0) return bytes;
  if (whole && bytes.length <= SHORT_TEXT && isText(bytes))
    return Buffer.from(scrubText(latin1(bytes), to, { ...context, isScript: true }), 'latin1');
  const made = to.keyed.content(createHash('sha256').update(bytes).digest('hex'), bytes.length);
  for (const [from, end] of signatures(bytes)) made.set(bytes.subarray(from, end), from);
  return made;
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((octet) => octet >= 0x20 || octet === 9 || octet === 10 || octet === 12 || octet === 13);
}

/** Which octets say what a file is, and for which machine. */
function signatures(bytes: Uint8Array): readonly (readonly [from: number, end: number])[] {
  const start = latin1(bytes.subarray(0, 64));
  if (start.startsWith('#!')) return [[0, Math.max(0, start.search(/[\r\n]/))]];
  if (start.startsWith('\x7fELF')) return [[0, Math.min(bytes.length, ELF_HEAD)]];
  if (start.startsWith('\x1f\x8b')) return [[0, 2]];
  if (!start.startsWith('MZ') || bytes.length < PE_POINTER + 4) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pe = view.getUint32(PE_POINTER, true);
  const kept: [number, number][] = [
    [0, 2],
    [PE_POINTER, PE_POINTER + 4],
  ];
  const isPe = pe + 4 <= bytes.length && u32At(bytes, pe) === 0x50450000;
  if (isPe) kept.push(...PE_FIELDS.map(([from, end]) => [pe + from, pe + end] as [number, number]));
  return kept;
}
