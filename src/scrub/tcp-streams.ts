import type { IpAddress, Ipv4Address } from '../wire/address.ts';
import { looksLikeHttp } from '../wire/http.ts';
import { NO_DIGESTS } from '../wire/iscsi/pdu.ts';
import { ISCSI_PORT } from '../wire/iscsi/stream.ts';
import type { Tcp } from '../wire/tcp.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { requestMethods, scrubHttp } from './scrub-http.ts';
import { agreedDigests, scrubIscsi } from './scrub-iscsi.ts';
import { scrubTls } from './scrub-tls.ts';
import { assemble, type Joined, type Piece, type Stream } from './stream.ts';

type Direction = {
  readonly source: IpAddress;
  readonly port: number;
  initialSeq: number | undefined;
  readonly segments: { readonly frame: number; readonly seq: number; readonly bytes: Uint8Array }[];
  base: number;
  made: Uint8Array;
};
type Connection = { readonly id: string; readonly directions: readonly [Direction, Direction] };
type Place = { readonly direction: Direction; readonly seq: number };

/** All TCP connections of a capture: each put together, replaced as a whole, and handed out again segment by segment. */
export class TcpStreams {
  readonly #open = new Map<string, Connection>();
  readonly #all: Connection[] = [];
  readonly #places = new Map<number, Place>();

  /** In the order of the frames. */
  hear(frame: number, source: IpAddress, destination: IpAddress, { seq, flags, payload, ...tcp }: Tcp): void {
    const from = `${source} ${tcp.sourcePort}`;
    const to = `${destination} ${tcp.destinationPort}`;
    const id = from < to ? `${from} ${to}` : `${to} ${from}`;
    let connection = this.#open.get(id);
    let direction = connection?.directions.find((one) => `${one.source} ${one.port}` === from);
    const isAnother = flags.syn && direction?.initialSeq !== undefined && direction.initialSeq !== seq;
    if (connection === undefined || direction === undefined || isAnother) {
      const begin = (ip: IpAddress, port: number): Direction => ({
        source: ip,
        port,
        initialSeq: undefined,
        segments: [],
        base: 0,
        made: new Uint8Array(0),
      });
      direction = begin(source, tcp.sourcePort);
      connection = { id, directions: [direction, begin(destination, tcp.destinationPort)] };
      this.#open.set(id, connection);
      this.#all.push(connection);
    }
    if (flags.syn) direction.initialSeq ??= seq;
    if (payload.length === 0) return;
    const first = flags.syn ? (seq + 1) >>> 0 : seq;
    direction.segments.push({ frame, seq: first, bytes: payload });
    this.#places.set(frame, { direction, seq: first });
  }

  /** Replaces all streams. `blanked` hears of those whose protocol is not understood, with the frames they came in. */
  scrub(to: Pseudonyms, keepPayloads: boolean, blanked: (protocol: string, frames: number) => void): void {
    for (const { directions } of this.#all) {
      const streams = directions.map(streamOf) as [Stream, Stream];
      const frames = directions.reduce((sum, { segments }) => sum + segments.length, 0);
      if (frames === 0) continue;
      const isHttp = streams.some(({ bytes }) => looksLikeHttp(bytes));
      const isIscsi = directions.some(({ port }) => port === ISCSI_PORT);
      const digests = isIscsi ? agreedDigests(streams) : NO_DIGESTS;
      const isTls = streams.some(({ bytes }) => bytes[0] === 0x16 && bytes[1] === 3);
      const asks = streams.find(({ bytes }) => looksLikeHttp(bytes, 'request'));
      const methods = asks === undefined ? [] : requestMethods(asks);
      directions.forEach((direction, i) => {
        const stream = streams[i] as Stream;
        const context = { client: whoAsks(directions, streams) };
        if (isHttp) direction.made = scrubHttp(stream, { to, context, keepPayloads, methods });
        else if (isIscsi) direction.made = scrubIscsi(stream, to, digests);
        else if (isTls) direction.made = scrubTls(stream);
        else direction.made = new Uint8Array(stream.bytes.length);
      });
      if (isTls && !isHttp) blanked('TLS', frames);
      else if (!isHttp && !isIscsi)
        blanked(`TCP port ${Math.min(...directions.map(({ port }) => port))}`, frames);
    }
  }

  /** All streams as they are to be written. */
  *joined(): Generator<Joined> {
    for (const { base, made, segments } of this.#all.flatMap(({ directions }) => directions)) {
      const pieces = segments.map(({ frame, seq, bytes }) => ({
        frame,
        at: (seq - base) | 0,
        length: bytes.length,
      }));
      yield { bytes: made, pieces };
    }
  }

  /** The payload of the segment in that frame, as it is to be written. */
  payload(frame: number, length: number): Uint8Array {
    const made = new Uint8Array(length);
    const place = this.#places.get(frame);
    if (place === undefined) return made;
    const at = (place.seq - place.direction.base) | 0;
    if (at >= 0) made.set(place.direction.made.subarray(at, at + length));
    return made;
  }
}

/** Whose address pxelinux's names are made of: who sends the requests. */
function whoAsks(directions: readonly Direction[], streams: readonly Stream[]): Ipv4Address | undefined {
  const at = streams.findIndex(({ bytes }) => looksLikeHttp(bytes, 'request'));
  const source = directions[Math.max(at, 0)]?.source;
  return source === undefined || source.includes(':') ? undefined : (source as Ipv4Address);
}

function streamOf(direction: Direction): Stream {
  const [first] = direction.segments;
  if (first === undefined) return { bytes: new Uint8Array(0), gaps: [] };
  const { initialSeq } = direction;
  const base =
    initialSeq === undefined
      ? direction.segments.reduce((least, { seq }) => (((seq - least) | 0) < 0 ? seq : least), first.seq)
      : (initialSeq + 1) >>> 0;
  direction.base = base;
  const pieces: readonly Piece[] = direction.segments.map(({ seq, bytes }) => ({
    at: (seq - base) | 0,
    bytes,
  }));
  return assemble(pieces);
}
