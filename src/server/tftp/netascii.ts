/** RFC 1350 §1, RFC 764: LF is sent as CR LF, and a CR alone as CR NUL. The octets as they go over the wire. */
export function toNetascii(octets: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 * octets.length);
  let length = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number;
    if (octet === LF) {
      out[length++] = CR;
      out[length++] = LF;
    } else if (octet === CR) {
      out[length++] = CR;
      out[length++] = 0;
    } else out[length++] = octet;
  }
  return out.subarray(0, length);
}

const CR = 13;
const LF = 10;
