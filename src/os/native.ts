import { endianness } from 'node:os';

/** For DataView: structures of the kernel are in the machine's own byte order. */
export const LITTLE_ENDIAN = endianness() === 'LE';

/** One C `int`, as an option value of a socket. */
export function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** Consecutive C `unsigned int`s. */
export function uints(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
