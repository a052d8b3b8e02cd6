/**
 * An assembler of the smallest kind: instructions are written as their bytes, addresses as the names of labels.
 * Enough for 512 bytes of start-up code that anybody can check against Intel's manual (SDM volume 2).
 */
export type CodePart =
  | readonly number[]
  | { readonly label: string }
  /** 8-bit distance from the end of this byte: what a short jump takes. */
  | { readonly rel8: string }
  /** 16-bit absolute address, little-endian. */
  | { readonly abs16: string }
  | { readonly abs32: string };

export const label = (name: string): CodePart => ({ label: name });
export const rel8 = (name: string): CodePart => ({ rel8: name });
export const abs16 = (name: string): CodePart => ({ abs16: name });
export const abs32 = (name: string): CodePart => ({ abs32: name });
export const u16 = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff];
export const u32 = (value: number): readonly number[] => [...u16(value), ...u16(value >>> 16)];

function sizeOf(part: CodePart): number {
  if ('rel8' in part) return 1;
  if ('abs16' in part) return 2;
  if ('abs32' in part) return 4;
  return 'label' in part ? 0 : part.length;
}

/** Bytes of `parts` as they run at address `origin`. Throws RangeError for a label that is missing or too far. */
export function assemble(origin: number, parts: readonly CodePart[]): Uint8Array {
  const labels = new Map<string, number>();
  let size = 0;
  for (const part of parts) {
    if ('label' in part) labels.set(part.label, origin + size);
    size += sizeOf(part);
  }
  const addressOf = (name: string): number => {
    const address = labels.get(name);
    if (address === undefined) throw new RangeError(`label ${name}: wanted one of ${[...labels.keys()]}`);
    return address;
  };

  const bytes: number[] = [];
  for (const part of parts) {
    if ('rel8' in part) {
      const distance = addressOf(part.rel8) - (origin + bytes.length + 1);
      if (distance < -128 || distance > 127)
        throw new RangeError(`jump to ${part.rel8}: wanted a distance of -128 to 127, got ${distance}`);
      bytes.push(distance & 0xff);
    } else if ('abs16' in part) bytes.push(...u16(addressOf(part.abs16)));
    else if ('abs32' in part) bytes.push(...u32(addressOf(part.abs32)));
    else if (!('label' in part)) bytes.push(...part);
  }
  return Uint8Array.from(bytes);
}
