/** RFC 1350 §1, RFC 764: LF is sent as CR LF, and a CR alone as CR NUL. */
const CR = 13;
const LF = 10;
const NUL = 0;

/** The octets as they go over the wire. Each is translated by itself, so a file may be cut anywhere. */
export function toNetascii(octets: Uint8Array): Uint8Array {
  const out = new Uint8Array(netasciiLength(octets));
  let length = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number;
    if (octet === LF) {
      out[length++] = CR;
      out[length++] = LF;
    } else if (octet === CR) {
      out[length++] = CR;
      out[length++] = NUL;
    } else out[length++] = octet;
  }
  return out;
}

/** How many octets toNetascii makes of these. */
export function netasciiLength(octets: Uint8Array): number {
  let length = octets.length;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at];
    if (octet === LF || octet === CR) length++;
  }
  return length;
}

/** Turns what came over the wire into a file again, piece by piece: a CR may be the last octet of a block. */
export class NetasciiDecoder {
  #afterCr = false;

  take(octets: Uint8Array): Uint8Array {
    const out = new Uint8Array(octets.length + 1);
    let length = 0;
    for (const octet of octets) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (octet === LF || octet === NUL) {
          out[length++] = octet === LF ? LF : CR;
          continue;
        }
        // Not netascii: kept as it came.
        out[length++] = CR;
      }
      if (octet === CR) this.#afterCr = true;
      else out[length++] = octet;
    }
    return out.subarray(0, length);
  }

  /** What is left when no more comes. */
  end(): Uint8Array {
    const rest = this.#afterCr ? Uint8Array.of(CR) : new Uint8Array(0);
    this.#afterCr = false;
    return rest;
  }
}
