/** The npm package has no types. It reads classic pcap in microseconds, and is a reader that is not ours. */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';

  export type ParsedPacket = {
    readonly header: {
      readonly timestampSeconds: number;
      readonly timestampMicroseconds: number;
      readonly capturedLength: number;
      readonly originalLength: number;
    };
    readonly data: Buffer;
  };

  /** Emits `packet` (ParsedPacket), `error`, `end`. */
  export function parse(path: string): EventEmitter;
}
