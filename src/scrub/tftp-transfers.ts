import type { IpAddress } from '../wire/address.ts';
import { parseTftp, type Tftp, tftpOption } from '../wire/tftp.ts';
import type { Udp } from '../wire/udp.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { scrubContent } from './scrub-content.ts';
import { assemble } from './stream.ts';

type Transfer = {
  readonly file: string;
  blockSize: number | undefined;
  /** Of the last DATA packet, counted on beyond 65,535. */
  last: number;
  readonly blocks: { readonly index: number; readonly bytes: Uint8Array }[];
  made: Uint8Array;
};
type Place = { readonly transfer: Transfer; readonly index: number };

const TFTP_PORT = 69;
/** RFC 1350 §2. */
const BLOCK_SIZE = 512;

/** All TFTP transfers of a capture: each file put together, replaced as a whole, and handed out again block by block. */
export class TftpTransfers {
  readonly #open = new Map<string, Transfer>();
  readonly #all: Transfer[] = [];
  readonly #places = new Map<number, Place>();
  readonly #frames = new Set<number>();

  /** In the order of the frames. */
  hear(frame: number, source: IpAddress, destination: IpAddress, udp: Udp): void {
    const client = `${source} ${udp.sourcePort}`;
    const other = `${destination} ${udp.destinationPort}`;
    const parsed = parseTftp(udp.payload);
    const packet = parsed.ok ? parsed.value : undefined;
    if (udp.destinationPort === TFTP_PORT) {
      this.#frames.add(frame);
      if (packet?.kind === 'rrq' || packet?.kind === 'wrq') return void this.#begin(client, packet.file);
    }
    const transfer = this.#open.get(client) ?? this.#open.get(other);
    if (transfer === undefined) return;
    this.#frames.add(frame);
    if (packet !== undefined) this.#take(frame, transfer, packet);
  }

  /** True for every frame that belongs to a transfer. */
  has(frame: number): boolean {
    return this.#frames.has(frame);
  }

  #begin(client: string, file: string): void {
    const open = this.#open.get(client);
    if (open !== undefined && open.file === file && open.blocks.length === 0) return;
    const transfer = { file, blockSize: undefined, last: 0, blocks: [], made: new Uint8Array(0) };
    this.#open.set(client, transfer);
    this.#all.push(transfer);
  }

  #take(frame: number, transfer: Transfer, packet: Tftp): void {
    if (packet.kind === 'oack') {
      const size = Number(tftpOption(packet.options, 'blksize'));
      if (size > 0) transfer.blockSize = size;
    }
    if (packet.kind !== 'data') return;
    const step = ((packet.block - (transfer.last % 0x10000)) << 16) >> 16;
    const index = transfer.last + step;
    transfer.last = Math.max(transfer.last, index);
    transfer.blocks.push({ index, bytes: packet.data });
    this.#places.set(frame, { transfer, index });
  }

  scrub(to: Pseudonyms): void {
    for (const transfer of this.#all) {
      const largest = Math.max(0, ...transfer.blocks.slice(0, 8).map(({ bytes }) => bytes.length));
      // No OACK in the capture: blocks are as large as they come.
      transfer.blockSize ??= Math.max(largest, BLOCK_SIZE);
      const size = transfer.blockSize;
      const { bytes, gaps } = assemble(
        transfer.blocks.map((block) => ({ at: (block.index - 1) * size, bytes: block.bytes })),
      );
      const isLast = transfer.blocks.some(
        (block) => block.bytes.length < size && block.index === transfer.last,
      );
      transfer.made = scrubContent({ bytes, whole: gaps.length === 0 && isLast }, to, {});
    }
  }

  /** The data of the DATA packet in that frame, as it is to be written. Undefined where it is no such packet. */
  data(frame: number, length: number): Uint8Array | undefined {
    const place = this.#places.get(frame);
    if (place === undefined) return undefined;
    const at = (place.index - 1) * (place.transfer.blockSize ?? BLOCK_SIZE);
    const made = new Uint8Array(length);
    if (at >= 0) made.set(place.transfer.made.subarray(at, at + length));
    return made;
  }
}
