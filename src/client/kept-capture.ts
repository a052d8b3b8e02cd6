import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** The chunks of a running capture, each written to `keep` before it is handed on; not once `keep` has broken, which is told elsewhere. */
export async function* keptCapture(stream: Readable, keep: Writable | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (keep?.writable === true && !keep.write(chunk))
      await Promise.race([once(keep, 'drain'), once(keep, 'close')]).catch(() => undefined);
    yield chunk;
  }
}
