import type { Ipv4Address } from '../wire/address.ts';
import { latin1 } from '../wire/bytes.ts';
import { parseTftp } from '../wire/tftp.ts';
import type { Udp } from '../wire/udp.ts';
import { scrubDhcp } from './scrub-dhcp.ts';
import { scrubDhcpv6 } from './scrub-dhcpv6.ts';
import { scrubDns } from './scrub-dns.ts';
import { scrubTarget, scrubText } from './scrub-text.ts';
import { type NetworkHead, part, type Surroundings, type Twin } from './surroundings.ts';

const DHCP: ReadonlySet<number> = new Set([67, 68, 4011]);
const DHCPV6: ReadonlySet<number> = new Set([546, 547]);
/** DNS, and its multicast kin in the same form (RFC 6762, RFC 4795). */
const DNS: ReadonlySet<number> = new Set([53, 5353, 5355]);
const TFTP_PORT = 69;

/** What a UDP datagram carries, in place. */
export function scrubDatagram(
  frame: number,
  payload: Twin,
  udp: Udp,
  head: NetworkHead,
  around: Surroundings,
): void {
  const { copy } = payload;
  const has = (ports: ReadonlySet<number>): boolean =>
    ports.has(udp.sourcePort) || ports.has(udp.destinationPort);
  const client = head.source.includes(':') ? undefined : (head.source as Ipv4Address);
  if (copy.length === 0) return;
  if (has(DHCP) && scrubDhcp(copy, around.to, client)) return;
  if (has(DHCPV6)) return void scrubDhcpv6(copy, around.to);
  if (has(DNS) && scrubDns(copy, around.to)) return;
  const isTftp = around.transfers.has(frame) || udp.destinationPort === TFTP_PORT;
  if (isTftp && scrubTftp(frame, payload, client, around)) return;
  copy.fill(0);
  around.blanked(`UDP port ${Math.min(udp.sourcePort, udp.destinationPort)}`);
}

function scrubTftp(
  frame: number,
  payload: Twin,
  client: Ipv4Address | undefined,
  around: Surroundings,
): boolean {
  const { original, copy } = payload;
  const parsed = parseTftp(original);
  if (!parsed.ok) return false;
  const packet = parsed.value;
  switch (packet.kind) {
    case 'rrq':
    case 'wrq': {
      const name = original.subarray(2, 2 + packet.file.length);
      part(payload, name).copy.set(Buffer.from(scrubTarget(packet.file, around.to, { client }), 'latin1'));
      return true;
    }
    case 'data': {
      const made = around.transfers.data(frame, packet.data.length);
      if (around.keepPayloads) return true;
      const data = part(payload, packet.data).copy;
      if (made === undefined) data.fill(0);
      else data.set(made);
      return true;
    }
    case 'error': {
      const message = original.subarray(4, 4 + packet.message.length);
      part(payload, message).copy.set(Buffer.from(scrubText(latin1(message), around.to), 'latin1'));
      part(payload, packet.trailing).copy.fill(0);
      return true;
    }
    case 'ack':
      part(payload, packet.trailing).copy.fill(0);
      return true;
    case 'oack':
      return true;
    case 'unknown':
      copy.fill(0, 2);
      return true;
    default:
      return packet satisfies never;
  }
}
