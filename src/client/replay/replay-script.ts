import type { CaptureBatch } from '../../pcap/capture-item.ts';
import type { Frame } from '../../pcap/frame.ts';
import type { Packet, PacketResult } from '../../story/packet.ts';
import { PacketReader } from '../../story/packet-reader.ts';
import { StoryBuilder } from '../../story/story-builder.ts';
import { DhcpStepReader } from './dhcp-step.ts';
import { Dhcpv6StepReader } from './dhcpv6-step.ts';
import { DnsStepReader } from './dns-step.ts';
import { HttpStepReader } from './http-step.ts';
import { ScriptBook } from './script-book.ts';
import type { ReplayScript } from './step.ts';
import type { StepReader } from './step-reader.ts';
import { TftpStepReader } from './tftp-step.ts';

const PORT = { dns: 53, tftp: 69 } as const;

/** Reads what clients did out of a capture. Pure; whatever cannot be read is passed over, as explain does. */
export class ScriptReader {
  readonly #book = new ScriptBook();
  readonly #story = new StoryBuilder();
  readonly #packets = new PacketReader();
  /** Asked in this order. */
  readonly #readers: readonly StepReader[] = [
    new DhcpStepReader(this.#book),
    new Dhcpv6StepReader(this.#book),
    new TftpStepReader(this.#book),
    new DnsStepReader(this.#book),
    new HttpStepReader(this.#book),
    { packet: (packet) => countLeft(this.#book, packet) },
  ];

  /** Keeps nothing of the frames but what is replayed. */
  add(batch: CaptureBatch): void {
    this.#story.add(batch);
    for (const frame of batch.frames) this.#packets.read(frame, this.#take);
  }

  finish(): readonly ReplayScript[] {
    this.#packets.finish(this.#take);
    this.#story.finish();
    const events = this.#story.stories().flatMap((story) => story.events);
    const byFrame = new Map(events.map((event) => [event.frames[0] ?? 0, event]));
    for (const reader of this.#readers) reader.finish?.(byFrame);
    return this.#book.scripts();
  }

  /** Clients of whom nothing is done again. */
  get idle(): readonly ReplayScript[] {
    return this.#book.idle();
  }

  readonly #take = (opened: PacketResult): void => {
    if (opened.kind === 'packet') this.#readers.some((reader) => reader.packet(opened.packet));
  };
}

/** Of frames that are all there. */
export function replayScripts(frames: readonly Frame[]): readonly ReplayScript[] {
  const reader = new ScriptReader();
  reader.add({ frames, notes: [] });
  return reader.finish();
}

/** What no protocol that is replayed has taken. */
function countLeft(book: ScriptBook, { transport, sourceMac }: Packet): boolean {
  if (sourceMac === undefined) return false;
  if (transport.kind === 'udp') {
    const { destinationPort } = transport.udp;
    if (destinationPort === PORT.dns) book.leftOut(sourceMac, 'DNS question over IPv6');
    if (destinationPort === PORT.tftp) book.leftOut(sourceMac, 'TFTP request over IPv6');
  }
  if (transport.kind === 'tcp' && transport.tcp.flags.syn && !transport.tcp.flags.ack)
    book.leftOut(sourceMac, 'TCP connection over IPv6');
  return true;
}
