import { ipv4, mac } from '../../wire/address.ts';
import { buildDhcpMessage, type DhcpMessageSpec } from '../../wire/dhcp/build-message.ts';
import { type MessageTypeName, serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';
import { ETHER_TYPE, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../wire/ipv4.ts';
import { serializeTcp, type TcpFields } from '../../wire/tcp.ts';
import { serializeTftp, type TftpFields } from '../../wire/tftp.ts';
import { serializeUdp } from '../../wire/udp.ts';
import type { Side } from '../frame-reader.ts';
import { Link } from '../link.ts';
import type { LinkRule } from '../link-plan-file.ts';

const END = {
  client: { mac: mac('00:12:34:56:78:90'), ip: ipv4('10.188.0.66') },
  network: { mac: mac('02:00:0a:bc:00:0a'), ip: ipv4('10.188.0.10') },
} as const;

type Addresses = { readonly source: typeof END.client.ip; readonly destination: typeof END.client.ip };

function ipFrame(from: Side, protocol: number, payload: (addresses: Addresses) => Uint8Array): Uint8Array {
  const [source, destination] = from === 'client' ? [END.client, END.network] : [END.network, END.client];
  const addresses = { source: source.ip, destination: destination.ip };
  return serializeEthernet({
    destination: destination.mac,
    source: source.mac,
    etherType: ETHER_TYPE.ipv4,
    payload: serializeIpv4({ ...addresses, protocol, payload: payload(addresses) }),
  });
}

export function udpFrame(from: Side, ports: readonly [number, number], payload: Uint8Array): Uint8Array {
  const [sourcePort, destinationPort] = ports;
  return ipFrame(from, IP_PROTOCOL.udp, (addresses) =>
    serializeUdp({ sourcePort, destinationPort, payload }, addresses),
  );
}

export function tcpFrame(from: Side, segment: TcpFields): Uint8Array {
  return ipFrame(from, IP_PROTOCOL.tcp, (addresses) => serializeTcp(segment, addresses));
}

/** Asked by the client, told by the network. */
export function dhcpFrame(type: MessageTypeName, spec: Partial<DhcpMessageSpec> = {}): Uint8Array {
  const told = type === 'offer' || type === 'ack' || type === 'nak';
  const message = buildDhcpMessage({
    xid: 7,
    op: told ? 2 : 1,
    chaddr: END.client.mac,
    ...spec,
    options: [{ code: 53, data: serializeMessageType(type) }, ...(spec.options ?? [])],
  });
  return told ? udpFrame('network', [67, 68], message) : udpFrame('client', [68, 67], message);
}

const TFTP = { client: 49_152, server: 40_000 } as const;

/** A read request goes to port 69; everything else is between the two ports of the transfer. */
export function tftpFrame(from: Side, packet: TftpFields): Uint8Array {
  const server = packet.kind === 'rrq' ? 69 : TFTP.server;
  return udpFrame(
    from,
    from === 'client' ? [TFTP.client, server] : [server, TFTP.client],
    serializeTftp(packet),
  );
}

export type Passed = { readonly to: Side; readonly bytes: Uint8Array; readonly at: number };

/** A link whose clock the test turns: what it let pass, and what its rules did. */
export function tryLink(rules: readonly LinkRule[], seed = 1) {
  const passed: Passed[] = [];
  const deeds: string[] = [];
  let now = 0;
  const link = new Link(
    { seed, rules },
    {
      pass: (to, bytes) => void passed.push({ to, bytes, at: now }),
      did: ({ rule, frame }) => void deeds.push(`${rule} ${frame}`),
    },
  );
  const until = (time: number): void => {
    for (let due = link.wakeAt; due !== undefined && due <= time; due = link.wakeAt) {
      now = Math.max(now, due);
      link.wake(now);
    }
    now = Math.max(now, time);
  };
  return {
    passed,
    deeds,
    powerOn: () => link.powerOn(now),
    acted: () => link.acted,
    /** Sends a frame `after` milliseconds from now. */
    send: (from: Side, bytes: Uint8Array, after = 1): void => {
      until(now + after);
      link.frame(from, bytes, now);
    },
    /** Time passes. */
    wait: (milliseconds: number): void => until(now + milliseconds),
    now: () => now,
  };
}
