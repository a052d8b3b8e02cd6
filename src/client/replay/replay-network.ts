import type { Frame } from '../../pcap/frame.ts';
import type { PacketResult } from '../../story/packet.ts';
import { PacketReader } from '../../story/packet-reader.ts';
import type { Ipv4Address, MacAddress } from '../../wire/address.ts';
import { ETHER_TYPE, parseEthernet } from '../../wire/ethernet.ts';
import type { ReplayOptions } from './exchange.ts';
import { ReplayHost } from './host.ts';
import { ReplayClient, type ReplayOutputs } from './replay-client.ts';
import type { ReplayScript } from './step.ts';

/**
 * All clients of a capture and the hosts that they speak by, sans-IO: frames of the wire and the time go in, frames and
 * results come out. `wakeAt` says when it wants to be woken if no frame comes before.
 */
export class ReplayNetwork {
  readonly #clients: readonly ReplayClient[];
  /** By MAC address; a relay's by its IP address, too: a router has several. */
  readonly #hosts = new Map<string, ReplayHost>();
  readonly #packets = new PacketReader();

  /** The first thing that any client did stands for `now`. */
  constructor(scripts: readonly ReplayScript[], options: ReplayOptions, outputs: ReplayOutputs, now: number) {
    const hostOf = (mac: MacAddress, relay?: Ipv4Address): ReplayHost => {
      const key = `${mac} ${relay ?? ''}`;
      const host = this.#hosts.get(key) ?? new ReplayHost(mac, outputs.send);
      this.#hosts.set(key, host);
      if (relay !== undefined) {
        host.address = relay;
        host.elsewhere = true;
      }
      return host;
    };
    const firstNs = scripts.flatMap(({ steps: [first] }) => (first === undefined ? [] : [first.timeNs]));
    const beginNs = firstNs.toSorted((a, b) => (a < b ? -1 : 1))[0] ?? 0n;
    this.#clients = scripts.map(
      (script) => new ReplayClient(script, options, { ...outputs, hostOf }, beginNs, now),
    );
  }

  get done(): boolean {
    return this.#clients.every(({ done }) => done);
  }

  get wakeAt(): number | undefined {
    let earliest: number | undefined;
    for (const { wakeAt } of this.#clients)
      if (wakeAt !== undefined && (earliest === undefined || wakeAt < earliest)) earliest = wakeAt;
    return earliest;
  }

  /** A frame of the wire; its number is the new capture's. */
  frame(frame: Frame, now: number): void {
    const ethernet = parseEthernet(frame.bytes);
    if (ethernet.ok && ethernet.value.etherType === ETHER_TYPE.arp)
      for (const host of this.#hosts.values()) host.arp(ethernet.value.payload);
    this.#packets.read(frame, (opened) => this.#take(opened, now));
  }

  wake(now: number): void {
    for (const client of this.#clients) client.wake(now);
  }

  #take(opened: PacketResult, now: number): void {
    if (opened.kind !== 'packet') return;
    const { packet } = opened;
    const heard = [...this.#hosts.values()].filter((host) => host.hear(packet));
    if (heard.length === 0) return;
    for (const client of this.#clients) client.packet(packet, heard, now);
  }
}
