import { parseDhcpMessage } from '../wire/dhcp/message.ts';
import { messageTypeOf } from '../wire/dhcp/opt-message-type.ts';
import { ETHER_TYPE, parseEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { parseTcp, type Tcp } from '../wire/tcp.ts';
import { parseTftp } from '../wire/tftp.ts';
import { parseUdp, type Udp } from '../wire/udp.ts';
import type { FrameKind } from './link-plan-file.ts';

export type Side = 'client' | 'network';

/** What a rule may ask of a frame. */
export type FrameFacts = {
  readonly kinds: ReadonlySet<FrameKind>;
  /** Behind the Ethernet header. */
  readonly octets: number;
  readonly ports: readonly number[];
  /** For logs: `TFTP data 12`. */
  readonly text: string;
};

const PORT = { dns: 53, bootps: 67, bootpc: 68, tftp: 69, http: 80 } as const;
/** A client reads one file at a time; a port that was used long ago may be somebody else's. */
const TFTP_READS = 16;

type Found = {
  readonly kinds: readonly FrameKind[];
  readonly ports?: readonly number[];
  readonly text: string;
};

/** Tells what frames of one client are. A TFTP transfer goes on between two ports that only its request names: it remembers. */
export class FrameReader {
  readonly #tftpPorts: number[] = [];

  read(bytes: Uint8Array, from: Side): FrameFacts {
    const ethernet = parseEthernet(bytes);
    const octets = ethernet.ok ? ethernet.value.payload.length + ethernet.value.trailing.length : 0;
    const found = ethernet.ok ? this.#network(ethernet.value.etherType, ethernet.value.payload, from) : OTHER;
    return { kinds: new Set(['frame', ...found.kinds]), octets, ports: found.ports ?? [], text: found.text };
  }

  #network(etherType: number, payload: Uint8Array, from: Side): Found {
    if (etherType === ETHER_TYPE.arp) return { kinds: ['arp'], text: 'ARP' };
    if (etherType !== ETHER_TYPE.ipv4 && etherType !== ETHER_TYPE.ipv6) return OTHER;
    const [parsed, kind, name] =
      etherType === ETHER_TYPE.ipv4
        ? [parseIpv4(payload), 'ipv4' as const, 'IPv4']
        : [parseIpv6(payload), 'ipv6' as const, 'IPv6'];
    if (!parsed.ok) return { kinds: [kind], text: `unreadable ${name}` };
    const { fragment, protocol, payload: inside } = parsed.value;
    const plain = { kinds: [kind], text: `${name} protocol ${protocol}` } as const;
    if (fragment.offset > 0) return { ...plain, text: `${name} fragment` };
    const found = this.#transport(protocol, inside, from);
    return found === undefined ? plain : { ...found, kinds: [kind, ...found.kinds] };
  }

  #transport(protocol: number, bytes: Uint8Array, from: Side): Found | undefined {
    switch (protocol) {
      case IP_PROTOCOL.icmp:
        return { kinds: ['icmp'], text: 'ICMP' };
      case IP_PROTOCOL.icmpv6:
        return { kinds: ['icmp'], text: 'ICMPv6' };
      case IP_PROTOCOL.udp: {
        const udp = parseUdp(bytes);
        return udp.ok ? this.#udp(udp.value, from) : { kinds: ['udp'], text: 'unreadable UDP' };
      }
      case IP_PROTOCOL.tcp: {
        const tcp = parseTcp(bytes);
        return tcp.ok ? tcpFound(tcp.value) : { kinds: ['tcp'], text: 'unreadable TCP' };
      }
      default:
        return undefined;
    }
  }

  #udp({ sourcePort, destinationPort, payload }: Udp, from: Side): Found {
    const ports = [sourcePort, destinationPort];
    const found = (kinds: readonly FrameKind[], text: string): Found => ({
      kinds: ['udp', ...kinds],
      ports,
      text,
    });
    if (ports.includes(PORT.bootps) || ports.includes(PORT.bootpc)) {
      const message = parseDhcpMessage(payload);
      const type = message.ok ? messageTypeOf(message.value) : undefined;
      return type === undefined ? found(['dhcp'], 'BOOTP') : found(['dhcp', `dhcp ${type}`], `DHCP ${type}`);
    }
    if (ports.includes(PORT.dns)) return found(['dns'], 'DNS');
    const clientPort = from === 'client' ? sourcePort : destinationPort;
    if (destinationPort === PORT.tftp) this.#remember(clientPort);
    if (this.#tftpPorts.includes(clientPort)) {
      const packet = parseTftp(payload);
      if (!packet.ok || packet.value.kind === 'unknown') return found(['tftp'], 'TFTP');
      const { value } = packet;
      const more = 'block' in value ? ` ${value.block}` : 'file' in value ? ` ${value.file}` : '';
      return found(['tftp', `tftp ${value.kind}`], `TFTP ${value.kind}${more}`);
    }
    return found([], `UDP ${sourcePort} > ${destinationPort}`);
  }

  #remember(port: number): void {
    if (this.#tftpPorts.includes(port)) return;
    this.#tftpPorts.push(port);
    if (this.#tftpPorts.length > TFTP_READS) this.#tftpPorts.shift();
  }
}

const OTHER: Found = { kinds: [], text: 'a frame' };

function tcpFound({ sourcePort, destinationPort, flags, payload }: Tcp): Found {
  const ports = [sourcePort, destinationPort];
  const kinds: FrameKind[] = ['tcp'];
  if (ports.includes(PORT.http)) kinds.push('http');
  if (ports.includes(PORT.dns)) kinds.push('dns');
  const set = (['syn', 'fin', 'rst'] as const).filter((name) => flags[name]).map((name) => ` ${name}`);
  return {
    kinds,
    ports,
    text: `TCP ${sourcePort} > ${destinationPort}${set.join('')}, ${payload.length} octets`,
  };
}
