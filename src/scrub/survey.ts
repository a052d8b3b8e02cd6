import type { Frame } from '../pcap/frame.ts';
import { openLink } from '../story/link.ts';
import { u16At } from '../wire/bytes.ts';
import { IP_PROTOCOL, isFragment, parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { parseTcp } from '../wire/tcp.ts';
import { parseUdp } from '../wire/udp.ts';
import { Fragments } from './fragments.ts';
import type { NetworkHead } from './surroundings.ts';
import { TcpStreams } from './tcp-streams.ts';
import { TftpTransfers } from './tftp-transfers.ts';

const DHCP_PORTS: ReadonlySet<number> = new Set([53, 67, 68, 546, 547, 4011]);

/** What goes over several frames: found once, before any of them is changed. */
export class Survey {
  readonly streams = new TcpStreams();
  readonly transfers = new TftpTransfers();
  readonly fragments = new Fragments();

  constructor(frames: readonly Frame[]) {
    for (const frame of frames) this.#hear(frame);
  }

  #hear(frame: Frame): void {
    const link = openLink(frame);
    if (link.kind !== 'ipv4' && link.kind !== 'ipv6') return;
    const parsed = link.kind === 'ipv6' ? parseIpv6(link.payload) : parseIpv4(link.payload);
    if (!parsed.ok) return;
    const packet = parsed.value;
    if (!isFragment(packet)) return void this.#transport(frame.number, packet.payload, packet);
    const id = 'identification' in packet ? packet.identification : fragmentId(packet.extensions);
    const whole = this.fragments.hear(frame.number, id, packet.payload, packet);
    if (whole !== undefined)
      this.#transport(this.fragments.frameOf(frame.number), whole, { ...packet, missing: 0 });
  }

  #transport(frame: number, payload: Uint8Array, { source, destination, protocol }: NetworkHead): void {
    if (protocol === IP_PROTOCOL.tcp) {
      const tcp = parseTcp(payload);
      if (tcp.ok) this.streams.hear(frame, source, destination, tcp.value);
    } else if (protocol === IP_PROTOCOL.udp) {
      const udp = parseUdp(payload);
      if (!udp.ok) return;
      const { sourcePort, destinationPort } = udp.value;
      if (DHCP_PORTS.has(sourcePort) || DHCP_PORTS.has(destinationPort)) return;
      this.transfers.hear(frame, source, destination, udp.value);
    }
  }
}

function fragmentId(
  extensions: readonly { readonly protocol: number; readonly bytes: Uint8Array }[],
): number {
  const header = extensions.find(({ protocol }) => protocol === 44)?.bytes;
  return header === undefined ? 0 : u16At(header, 4) * 0x10000 + u16At(header, 6);
}
