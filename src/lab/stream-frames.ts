/**
 * Frames over a stream socket, as QEMU's `-netdev stream` has them: `( length:u32 | frame )*`, big-endian. QEMU's net/stream.c
 * takes at most 69,632 octets (NET_BUFSIZE).
 */
const HEADER = 4;
const LONGEST = 69_632;

export function streamFrame(frame: Uint8Array): Uint8Array {
  const record = Buffer.allocUnsafe(HEADER + frame.length);
  record.writeUInt32BE(frame.length);
  record.set(frame, HEADER);
  return record;
}

/** Collects frames from chunks as they come; each is a copy. Throws RangeError where the other end speaks something else. */
export function streamFrameReader(each: (frame: Uint8Array) => void): (chunk: Uint8Array) => void {
  let waiting = Buffer.alloc(0);
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    let at = 0;
    while (waiting.length - at >= HEADER) {
      const length = waiting.readUInt32BE(at);
      if (length > LONGEST) throw new RangeError(`frame length: wanted at most ${LONGEST}, got ${length}`);
      const end = at + HEADER + length;
      if (waiting.length < end) break;
      each(Uint8Array.from(waiting.subarray(at + HEADER, end)));
      at = end;
    }
    waiting = waiting.subarray(at);
  };
}
