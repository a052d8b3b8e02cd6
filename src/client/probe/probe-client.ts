import type { Packet } from '../../story/packet.ts';
import { BROADCAST_IPV4, type Ipv4Address, ipv4ToBytes, type MacAddress } from '../../wire/address.ts';
import { buildDhcpMessage, type DhcpMessageSpec, type OptionToSend } from '../../wire/dhcp/build-message.ts';
import { BOOTREPLY, type DhcpMessage, optionData, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import {
  type MessageTypeName,
  messageTypeOf,
  serializeMessageType,
} from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  blockNumber,
  parseTftp,
  serializeTftp,
  type TftpFields,
  type TftpOption,
  type TftpRequest,
  tftpOption,
} from '../../wire/tftp.ts';
import type { Udp } from '../../wire/udp.ts';
import { ReplayHost } from '../replay/host.ts';

const PORT = { dhcpServer: 67, dhcpClient: 68, tftp: 69 } as const;

/** A server that pings an address before it offers it needs more than a second. */
const PATIENCE_MS = 3_000;
const DEFAULT_BLOCK = 512;

type Heard = { readonly packet: Packet; readonly udp: Udp };
type Message = Omit<DhcpMessageSpec, 'xid' | 'chaddr'>;
type Waiting = (heard: Heard) => boolean;

/** A client that sends what a stimulus wants, with a MAC address and transaction ids of its own. */
export class ProbeClient {
  readonly mac: MacAddress;
  readonly host: ReplayHost;
  readonly #waiting = new Set<Waiting>();
  readonly #signal: AbortSignal;
  #nextPort = 49_152;

  /** What is waited for ends, with nothing, when `signal` is aborted. */
  constructor(mac: MacAddress, send: (frame: Uint8Array) => void, signal: AbortSignal) {
    this.mac = mac;
    this.host = new ReplayHost(mac, send);
    this.#signal = signal;
  }

  packet(packet: Packet): void {
    if (!this.host.hear(packet) || packet.transport.kind !== 'udp') return;
    for (const waiting of [...this.#waiting]) {
      if (waiting({ packet, udp: packet.transport.udp })) this.#waiting.delete(waiting);
    }
  }

  /** Sends a DHCP message by broadcast, or from a relay's port, and returns the answer to it; undefined where none comes. */
  async ask(
    type: MessageTypeName,
    xid: number,
    options: readonly OptionToSend[],
    message: Message = {},
  ): Promise<DhcpMessage | undefined> {
    const answer = this.#reply(xid);
    this.say(type, xid, options, message);
    return answer;
  }

  say(type: MessageTypeName, xid: number, options: readonly OptionToSend[], message: Message = {}): void {
    const typed = { code: OPTION.messageType, data: serializeMessageType(type) };
    const payload = buildDhcpMessage({
      ...message,
      ...{ xid, chaddr: this.mac, options: [typed, ...options] },
    });
    const sourcePort = message.giaddr === undefined ? PORT.dhcpClient : PORT.dhcpServer;
    this.host.datagram(BROADCAST_IPV4, { sourcePort, destinationPort: PORT.dhcpServer }, payload);
  }

  /** DISCOVER to ACK, the same options in both messages. The ACK, or undefined where an answer is missing or another one. */
  async lease(
    xid: number,
    options: readonly OptionToSend[],
    message: Message = {},
  ): Promise<DhcpMessage | undefined> {
    const offer = await this.ask('discover', xid, options, message);
    const server = offer && optionData(offer, OPTION.serverIdentifier);
    if (offer === undefined || server === undefined || messageTypeOf(offer) !== 'offer') return undefined;
    const chosen = [
      { code: OPTION.serverIdentifier, data: server },
      { code: OPTION.requestedAddress, data: ipv4ToBytes(offer.yiaddr) },
    ];
    const ack = await this.ask('request', xid, [...chosen, ...options], message);
    return ack !== undefined && messageTypeOf(ack) === 'ack' ? ack : undefined;
  }

  /** Gives a lease back, with the options that it was asked for with: pools are small. */
  release(xid: number, ack: DhcpMessage, options: readonly OptionToSend[], message: Message = {}): void {
    const server = optionData(ack, OPTION.serverIdentifier);
    if (server === undefined) return;
    const said = [{ code: OPTION.serverIdentifier, data: server }, ...options];
    this.say('release', xid, said, { ...message, ciaddr: ack.yiaddr });
  }

  /**
   * Asks for a file, or to write one. What comes is acknowledged up to `blocks`; then the client ends the transfer, as a
   * firmware that only wants the size does. Returns octets read, or undefined where no data came.
   */
  async transfer(
    server: Ipv4Address,
    file: string,
    options: readonly TftpOption[],
    { kind = 'rrq', blocks = Number.POSITIVE_INFINITY }: { kind?: TftpRequest['kind']; blocks?: number } = {},
  ): Promise<number | undefined> {
    const sourcePort = this.#nextPort++;
    let octets: number | undefined;
    let [block, size, window, sinceAck] = [0, DEFAULT_BLOCK, 1, 0];
    let [to, next]: [number, TftpFields | undefined] = [PORT.tftp, { kind, file, mode: 'octet', options }];
    using inbox = this.#inbox(server, sourcePort);
    for (;;) {
      if (next !== undefined)
        this.host.datagram(server, { sourcePort, destinationPort: to }, serializeTftp(next));
      const heard = await inbox.next();
      const parsed = heard && parseTftp(heard.payload);
      if (heard === undefined || parsed?.ok !== true) return octets;
      to = heard.sourcePort;
      const packet = parsed.value;
      if (packet.kind === 'oack') {
        size = numberOf(packet.options, 'blksize') ?? size;
        window = numberOf(packet.options, 'windowsize') ?? window;
      } else if (packet.kind === 'data') {
        next = undefined;
        if (packet.block !== blockNumber(block + 1)) continue;
        block++;
        sinceAck++;
        octets = (octets ?? 0) + packet.data.length;
        if (packet.data.length < size) {
          this.#send(server, sourcePort, to, { kind: 'ack', block: blockNumber(block) });
          return octets;
        }
      } else return octets;
      if (block >= blocks || kind === 'wrq') {
        this.#send(server, sourcePort, to, { kind: 'error', code: 0, message: 'enough' });
        return octets;
      }
      if (packet.kind === 'oack' || sinceAck >= window) {
        next = { kind: 'ack', block: blockNumber(block) };
        sinceAck = 0;
      }
    }
  }

  #send(to: Ipv4Address, sourcePort: number, destinationPort: number, packet: TftpFields): void {
    this.host.datagram(to, { sourcePort, destinationPort }, serializeTftp(packet));
  }

  #reply(xid: number): Promise<DhcpMessage | undefined> {
    return this.#next(({ udp }) => {
      if (udp.sourcePort !== PORT.dhcpServer) return undefined;
      const message = parseDhcpMessage(udp.payload);
      return message.ok && message.value.op === BOOTREPLY && message.value.xid === xid
        ? message.value
        : undefined;
    });
  }

  /** Keeps what comes to a port while the client is busy: the blocks of a window come at once. */
  #inbox(server: Ipv4Address, port: number): Disposable & { readonly next: () => Promise<Udp | undefined> } {
    const kept: Udp[] = [];
    const keep: Waiting = ({ packet, udp }) => {
      if (packet.source === server && udp.destinationPort === port) kept.push(udp);
      return false;
    };
    this.#waiting.add(keep);
    return {
      // Registered behind `keep`: what it hears of is kept already.
      next: async () => kept.shift() ?? this.#next(() => kept.shift()),
      [Symbol.dispose]: () => void this.#waiting.delete(keep),
    };
  }

  #next<T>(pick: (heard: Heard) => T | undefined): Promise<T | undefined> {
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    const waiting: Waiting = (heard) => {
      const picked = pick(heard);
      if (picked !== undefined) resolve(picked);
      return picked !== undefined;
    };
    this.#waiting.add(waiting);
    const giveUp = (): void => resolve(undefined);
    const timer = setTimeout(giveUp, PATIENCE_MS);
    this.#signal.addEventListener('abort', giveUp, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
      this.#signal.removeEventListener('abort', giveUp);
    });
  }
}

function numberOf(options: readonly TftpOption[], name: string): number | undefined {
  const value = tftpOption(options, name);
  return value !== undefined && /^\d{1,5}$/.test(value) && Number(value) > 0 ? Number(value) : undefined;
}
