/** For tests: the server's side of TCP on one machine, in virtual time: whatever is asked is answered by `serve`. */
import { type Ipv4Address, ipv4, type MacAddress, mac } from '../../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../../wire/arp.ts';
import { latin1 } from '../../../wire/bytes.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../../../wire/ipv4.ts';
import { parseTcp, serializeTcp, type Tcp, type TcpFlags, tcpFlags } from '../../../wire/tcp.ts';
import { TcpReassembly } from '../../../wire/tcp-reassembly.ts';

export type Served = {
  readonly octets: string | Uint8Array;
  /** What follows the last octet. */
  readonly after?: 'stay' | 'close' | 'reset';
};

type Connection = {
  readonly client: Ipv4Address;
  readonly clientMac: MacAddress;
  readonly ports: readonly [server: number, client: number];
  readonly incoming: TcpReassembly<undefined>;
  asked: string;
  /** All that was ever to be sent, and how much of it is acknowledged. */
  out: Uint8Array;
  acknowledged: number;
  closes: boolean;
  wakeAt: number;
};

export const PEER = { mac: mac('02:00:0a:bc:00:0a'), ip: ipv4('10.188.0.10') };
const INITIAL_SEQ = 0xffff_ff00;
const MSS = 1460;
const AGAIN_MS = 300;

export class TcpPeer {
  readonly #port: number;
  /** Undefined: it says nothing to that. */
  readonly #serve: (request: string) => Served | undefined;
  readonly #connections = new Map<number, Connection>();
  /** Every request, as it came. */
  readonly requests: string[] = [];
  /** Connections that were opened. */
  opened = 0;

  /** Serves on one port, and refuses all others. */
  constructor(port: number, serve: (request: string) => Served | undefined) {
    this.#port = port;
    this.#serve = serve;
  }

  get wakeAt(): number {
    return Math.min(...[...this.#connections.values()].map(({ wakeAt }) => wakeAt));
  }

  /** What it sends for a frame of the client. */
  answer(sent: Uint8Array, now: number): readonly Uint8Array[] {
    const ethernet = parseEthernet(sent);
    if (!ethernet.ok) return [];
    if (ethernet.value.etherType === ETHER_TYPE.arp) return this.#arp(ethernet.value.payload);
    const ip = parseIpv4(ethernet.value.payload);
    if (!ip.ok || ip.value.protocol !== IP_PROTOCOL.tcp || ip.value.destination !== PEER.ip) return [];
    const tcp = parseTcp(ip.value.payload);
    if (!tcp.ok) return [];
    return this.#segment(tcp.value, ip.value.source, ethernet.value.source, now);
  }

  /** What it sends again. */
  wake(now: number): readonly Uint8Array[] {
    return [...this.#connections.values()].flatMap((one) => (one.wakeAt <= now ? this.#flush(one, now) : []));
  }

  #arp(payload: Uint8Array): readonly Uint8Array[] {
    const arp = parseArp(payload);
    if (!arp.ok || arp.value.kind !== 'ipv4' || arp.value.targetIp !== PEER.ip) return [];
    const { senderMac, senderIp } = arp.value;
    const reply = serializeArp({
      ...{ kind: 'ipv4', operation: ARP_OPERATION.reply, senderMac: PEER.mac, senderIp: PEER.ip },
      ...{ targetMac: senderMac, targetIp: senderIp },
    });
    const head = { destination: senderMac, source: PEER.mac, etherType: ETHER_TYPE.arp };
    return [serializeEthernet({ ...head, payload: reply })];
  }

  #segment(tcp: Tcp, client: Ipv4Address, clientMac: MacAddress, now: number): readonly Uint8Array[] {
    const { flags, sourcePort, destinationPort } = tcp;
    const fresh = (): Connection => ({
      ...{ client, clientMac, ports: [destinationPort, sourcePort], incoming: new TcpReassembly() },
      ...{ asked: '', out: new Uint8Array(), acknowledged: 0, closes: false, wakeAt: Infinity },
    });
    if (flags.rst) return [];
    if (flags.syn) {
      const one = this.#connections.get(sourcePort) ?? fresh();
      one.incoming.segment(tcp, undefined);
      if (destinationPort !== this.#port) return [this.#frame(one, tcpFlags('rst', 'ack'), 0, 0)];
      if (!this.#connections.has(sourcePort)) this.opened++;
      this.#connections.set(sourcePort, one);
      return [this.#frame(one, tcpFlags('syn', 'ack'), INITIAL_SEQ)];
    }
    const one = this.#connections.get(sourcePort);
    if (one === undefined) return [];
    const acked = (tcp.ack - INITIAL_SEQ - 1 + 2 ** 32) % 2 ** 32;
    if (acked > one.acknowledged && acked <= one.out.length + 1) one.acknowledged = acked;
    const answers: Uint8Array[] = [];
    for (const item of one.incoming.segment(tcp, undefined)) {
      if (item.kind === 'data') one.asked += latin1(item.bytes);
      const end = one.asked.indexOf('\r\n\r\n');
      if (end < 0) continue;
      const request = one.asked.slice(0, end + 4);
      one.asked = one.asked.slice(end + 4);
      this.requests.push(request);
      const served = this.#serve(request);
      if (served === undefined) continue;
      one.out = Buffer.concat([one.out, Buffer.from(served.octets as string, 'latin1')]);
      one.closes = served.after === 'close';
      answers.push(...this.#flush(one, now));
      if (served.after === 'reset') {
        answers.push(this.#frame(one, tcpFlags('rst', 'ack'), INITIAL_SEQ + 1 + one.out.length));
        this.#connections.delete(sourcePort);
        return answers;
      }
    }
    const speaks = tcp.payload.length > 0 || flags.fin;
    if (speaks && answers.length === 0)
      answers.push(this.#frame(one, tcpFlags('ack'), INITIAL_SEQ + 1 + one.out.length));
    if (one.acknowledged >= one.out.length + (one.closes ? 1 : 0)) one.wakeAt = Infinity;
    return answers;
  }

  /** All that is not acknowledged. */
  #flush(one: Connection, now: number): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let at = one.acknowledged; at < one.out.length; at += MSS) {
      const payload = one.out.subarray(at, at + MSS);
      frames.push(this.#frame(one, tcpFlags('ack'), INITIAL_SEQ + 1 + at, undefined, payload));
    }
    if (one.closes && one.acknowledged <= one.out.length)
      frames.push(this.#frame(one, tcpFlags('fin', 'ack'), INITIAL_SEQ + 1 + one.out.length));
    one.wakeAt = now + AGAIN_MS;
    return frames;
  }

  #frame(
    { client, clientMac, ports, incoming }: Connection,
    flags: TcpFlags,
    seq: number,
    ack?: number,
    payload: Uint8Array = new Uint8Array(),
  ): Uint8Array {
    const addresses = { source: PEER.ip, destination: client };
    const [sourcePort, destinationPort] = ports;
    const next = (incoming.initialSeq ?? 0) + 1 + incoming.position + (incoming.ended ? 1 : 0);
    const segment = serializeTcp(
      {
        ...{ sourcePort, destinationPort, flags, payload, seq: seq % 2 ** 32 },
        ack: (ack === undefined || flags.rst ? next : ack) % 2 ** 32,
        options: flags.syn ? [{ kind: 'mss', mss: 1460 }] : [],
      },
      addresses,
    );
    return serializeEthernet({
      ...{ destination: clientMac, source: PEER.mac, etherType: ETHER_TYPE.ipv4 },
      payload: serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.tcp, payload: segment }),
    });
  }
}
