import type { Frame } from '../../pcap/frame.ts';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { ipv4, mac } from '../../wire/address.ts';
import { buildDhcpMessage, type DhcpMessageSpec } from '../../wire/dhcp/build-message.ts';
import { serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../wire/ipv4.ts';
import { serializeTcp, type TcpFlags, tcpFlags } from '../../wire/tcp.ts';
import { serializeTftp, type TftpFields } from '../../wire/tftp.ts';
import { serializeUdp } from '../../wire/udp.ts';
import type { Story } from '../event.ts';
import { StoryBuilder } from '../story-builder.ts';

const CLIENT = { mac: mac('00:12:34:56:78:90'), ip: ipv4('10.188.0.66') };
const SERVER = { mac: mac('02:00:0a:bc:00:0a'), ip: ipv4('10.188.0.10') };
const ETHER_TYPE_IPV4 = 0x0800;

type Side = 'client' | 'server';
type TcpFlag = keyof TcpFlags;

/** A wire with one client and one server: writes frames, 1 ms apart, and tells what the client's story makes of them. */
export class TestWire {
  readonly #client: typeof CLIENT;
  readonly #frames: Frame[] = [];
  #waitedNs = 0n;

  constructor(client = CLIENT.mac) {
    this.#client = { ...CLIENT, mac: client };
  }

  /** Time that passes without a frame, in seconds. */
  wait(seconds: number): this {
    this.#waitedNs += BigInt(Math.round(seconds * 1e9));
    return this;
  }

  udp(from: Side, sourcePort: number, destinationPort: number, payload: Uint8Array): this {
    return this.#ip(from, IP_PROTOCOL.udp, (addresses) =>
      serializeUdp({ sourcePort, destinationPort, payload }, addresses),
    );
  }

  /** Of the one client. A request goes from port 68 to 67, a reply back; `port` is the server's. */
  dhcp(from: Side, spec: Omit<DhcpMessageSpec, 'chaddr' | 'op'>, port = 67): this {
    const bytes = buildDhcpMessage({ ...spec, op: from === 'client' ? 1 : 2, chaddr: this.#client.mac });
    return from === 'client' ? this.udp('client', 68, port, bytes) : this.udp('server', port, 68, bytes);
  }

  /** From the client's port to the server's, or back. */
  tftp(from: Side, clientPort: number, serverPort: number, packet: TftpFields): this {
    const [source, destination] = from === 'client' ? [clientPort, serverPort] : [serverPort, clientPort];
    return this.udp(from, source, destination, serializeTftp(packet));
  }

  /** `clientPort`: another one is another connection. */
  tcp(
    from: Side,
    port: number,
    seq: number,
    ack: number,
    flags: readonly TcpFlag[],
    text = '',
    clientPort = 49152,
  ): this {
    const [sourcePort, destinationPort] = from === 'client' ? [clientPort, port] : [port, clientPort];
    const segment = {
      sourcePort,
      destinationPort,
      seq,
      ack,
      flags: tcpFlags(...flags),
      payload: Buffer.from(text, 'latin1'),
    };
    return this.#ip(from, IP_PROTOCOL.tcp, (addresses) => serializeTcp(segment, addresses));
  }

  #ip(
    from: Side,
    protocol: number,
    payloadFor: (addresses: { source: typeof CLIENT.ip; destination: typeof CLIENT.ip }) => Uint8Array,
  ): this {
    const [source, destination] = from === 'client' ? [this.#client, SERVER] : [SERVER, this.#client];
    const addresses = { source: source.ip, destination: destination.ip };
    const packet = serializeIpv4({ ...addresses, protocol, payload: payloadFor(addresses) });
    return this.ethernet(from, ETHER_TYPE_IPV4, packet);
  }

  /** Anything else: ARP, IPv6. */
  ethernet(from: Side, etherType: number, payload: Uint8Array): this {
    const [source, destination] = from === 'client' ? [this.#client, SERVER] : [SERVER, this.#client];
    const frame = { destination: destination.mac, source: source.mac, etherType, payload };
    const bytes = serializeEthernet(frame);
    const number = this.#frames.length + 1;
    this.#frames.push({
      number,
      timeNs: BigInt(number) * 1_000_000n + this.#waitedNs,
      interfaceId: 0,
      linkType: LINKTYPE.ethernet,
      bytes,
      originalLength: bytes.length,
    });
    return this;
  }

  /** The frames, for a builder of the test's own. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** The story of the wire's one client. */
  story(): Story {
    const builder = new StoryBuilder();
    builder.add({ frames: this.#frames, notes: [] });
    builder.finish();
    const [story, ...others] = builder.stories();
    if (story === undefined || others.length > 0)
      throw new Error(`wanted one story, got ${others.length + 1}`);
    return story;
  }
}
