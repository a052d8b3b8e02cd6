/** Random numbers from 0 to 2^32 - 1. */
export type Random = () => number;

/** Values at which lengths, counts and codes turn over. */
const EDGES = [0, 1, 2, 4, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
const MAX_OCTETS = 4096;
const MAX_CHANGES = 4;

type Change = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

/** What goes wrong with octets on their way, or in the head of whoever makes them up. */
const CHANGES: readonly Change[] = [
  // a bit turned over
  (bytes, random) =>
    changed(bytes, (copy) => {
      const where = at(copy, random);
      copy[where] = (copy[where] ?? 0) ^ (1 << (random() & 7));
    }),
  // an octet at an edge
  (bytes, random) => changed(bytes, (copy) => (copy[at(copy, random)] = pick(EDGES, random) ?? 0)),
  // an octet anywhere
  (bytes, random) => changed(bytes, (copy) => (copy[at(copy, random)] = random() & 0xff)),
  // cut off
  (bytes, random) => bytes.subarray(0, random() % (bytes.length + 1)),
  // a piece missing
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  // a piece twice
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return joined(bytes.subarray(0, end), bytes.subarray(start));
  },
  // one octet many times
  (bytes, random) => {
    const start = at(bytes, random);
    const filler = new Uint8Array(random() % 300).fill(pick(EDGES, random) ?? 0);
    return joined(bytes.subarray(0, start), filler, bytes.subarray(start));
  },
  // the head of one message, the tail of another
  (bytes, random, corpus) => {
    const other = pick(corpus, random) ?? bytes;
    return joined(bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random)));
  },
];

/** One message made of another by one to four changes. The same numbers give the same octets. */
export function mutate(bytes: Uint8Array, corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let result = bytes;
  for (let changes = 1 + (random() % MAX_CHANGES); changes > 0; changes--) {
    result = pick(CHANGES, random)?.(result, random, corpus) ?? result;
  }
  // A copy: a Buffer's own slice would keep alive what it is a part of.
  return new Uint8Array(result.subarray(0, MAX_OCTETS));
}

export function pick<T>(values: readonly T[], random: Random): T | undefined {
  return values[random() % values.length];
}

function at(bytes: Uint8Array, random: Random): number {
  return bytes.length === 0 ? 0 : random() % bytes.length;
}

function range(bytes: Uint8Array, random: Random): readonly [number, number] {
  const start = at(bytes, random);
  return [start, Math.min(bytes.length, start + 1 + (random() % 64))];
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => unknown): Uint8Array {
  if (bytes.length === 0) return bytes;
  const copy = bytes.slice();
  change(copy);
  return copy;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
