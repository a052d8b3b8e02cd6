import { createReadStream } from 'node:fs';
import { collectCapture } from '../../src/pcap/read-capture.ts';
import { openFrame, type Transport } from '../../src/story/packet.ts';
import { ipv4ToBytes, type MacAddress, macToBytes } from '../../src/wire/address.ts';
import { u16At } from '../../src/wire/bytes.ts';
import { addWords, checksumState, foldSum, internetChecksum } from '../../src/wire/checksum.ts';
import { clientMac, OFFSET, parseDhcpMessage } from '../../src/wire/dhcp/message.ts';
import { IP_PROTOCOL, parseIpv4 } from '../../src/wire/ipv4.ts';
import type { Udp } from '../../src/wire/udp.ts';

/** Octets of a frame that another client would have sent otherwise. `client` counts the capture's clients from 0. */
type Place = { readonly at: number; readonly what: 'mac' | 'eui64' | 'ip' | 'xid'; readonly client: number };

type TemplateFrame = {
  readonly bytes: Uint8Array;
  /** Since the capture's first frame. */
  readonly afterNs: bigint;
  readonly places: readonly Place[];
  /** Its TCP checksum is the pseudo header's sum alone: the sender left the rest to its network card. */
  readonly unfinished: boolean;
};

/** A recorded boot that can be told again of other clients. */
export type TemplateBoot = {
  readonly frames: readonly TemplateFrame[];
  readonly clients: number;
  readonly lastsNs: bigint;
};

/** Who takes the place of one of its clients. */
export type Understudy = { readonly mac: Uint8Array; readonly ip: Uint8Array; readonly xidMask: number };

type Client = { readonly mac: Uint8Array; readonly ips: Uint8Array[] };

const DHCP_PORTS: readonly number[] = [67, 68, 4011];
/** Where things stand in an Ethernet frame with IPv4: RFC 791 §3.1, RFC 768, RFC 9293 §3.1. */
const IP = { header: 14, protocol: 23, checksum: 24, addresses: 26, addressesEnd: 34 } as const;
const CHECKSUM_IN = { tcp: 16, udp: 6 } as const;

/** Reads a capture of Ethernet frames and finds in each what is its clients' own. A client is who DHCP serves. */
export async function loadTemplateBoot(path: string): Promise<TemplateBoot> {
  const { frames } = await collectCapture(createReadStream(path));
  const opened = frames.map((frame) => {
    const result = openFrame(frame);
    return { frame, transport: result.kind === 'packet' ? result.packet.transport : undefined };
  });
  const clients = clientsIn(opened.flatMap(({ transport }) => transport ?? []));
  const beginNs = frames[0]?.timeNs ?? 0n;
  return {
    clients: clients.length,
    lastsNs: (frames.at(-1)?.timeNs ?? 0n) - beginNs,
    frames: opened.map(({ frame: { bytes, timeNs }, transport }) => ({
      bytes,
      afterNs: timeNs - beginNs,
      places: placesIn(bytes, transport, clients),
      unfinished: isUnfinished(bytes),
    })),
  };
}

/** The frame as these clients would have sent or received it: a copy, its checksums mended. */
export function actedBy(frame: TemplateFrame, understudies: readonly Understudy[]): Uint8Array {
  const bytes = frame.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (const { at, what, client } of frame.places) {
    const { mac, ip, xidMask } = understudies[client] as Understudy;
    if (what === 'mac') bytes.set(mac, at);
    else if (what === 'eui64') bytes.set(eui64(mac), at);
    else if (what === 'ip') bytes.set(ip, at);
    else view.setUint32(at, view.getUint32(at) ^ xidMask);
  }
  if (isIpv4(bytes)) mendChecksums(bytes, view, frame);
  return bytes;
}

function clientsIn(transports: readonly Transport[]): readonly Client[] {
  const clients = new Map<MacAddress, Client>();
  for (const transport of transports) {
    if (transport.kind !== 'udp' || !isDhcp(transport.udp)) continue;
    const parsed = parseDhcpMessage(transport.udp.payload);
    if (!parsed.ok) continue;
    const mac = clientMac(parsed.value);
    const client = clients.get(mac) ?? { mac: macToBytes(mac), ips: [] };
    clients.set(mac, client);
    const ip = ipv4ToBytes(parsed.value.yiaddr);
    if (parsed.value.yiaddr !== '0.0.0.0' && !client.ips.some((known) => Buffer.compare(known, ip) === 0))
      client.ips.push(ip);
  }
  return [...clients.values()];
}

function placesIn(
  bytes: Uint8Array,
  transport: Transport | undefined,
  clients: readonly Client[],
): readonly Place[] {
  const dhcp = transport?.kind === 'udp' && isDhcp(transport.udp) ? transport.udp : undefined;
  // Files hold any octets: what looks like an address in them is none.
  const length = dhcp === undefined ? bytes.length - contentLength(transport) : bytes.length;
  const places = clients.flatMap(({ mac, ips }, client): readonly Place[] => {
    const all = (what: Place['what'], wanted: Uint8Array): readonly Place[] =>
      offsetsOf(bytes.subarray(0, length), wanted).map((at) => ({ at, what, client }));
    return [...all('mac', mac), ...all('eui64', eui64(mac)), ...ips.flatMap((ip) => all('ip', ip))];
  });
  const client = places.find(({ what }) => what === 'mac')?.client;
  if (dhcp === undefined || client === undefined) return places;
  const message = dhcp.payload.byteOffset - bytes.byteOffset;
  return [...places, { at: message + OFFSET.xid, what: 'xid', client }];
}

function isDhcp({ sourcePort, destinationPort }: Udp): boolean {
  return DHCP_PORTS.includes(sourcePort) || DHCP_PORTS.includes(destinationPort);
}

/** Octets that UDP or TCP carries, with what follows them. */
function contentLength(transport: Transport | undefined): number {
  if (transport?.kind === 'udp') return transport.udp.payload.length + transport.udp.trailing.length;
  return transport?.kind === 'tcp' ? transport.tcp.payload.length : 0;
}

function offsetsOf(bytes: Uint8Array, wanted: Uint8Array): readonly number[] {
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: number[] = [];
  for (let at = searched.indexOf(wanted); at >= 0; at = searched.indexOf(wanted, at + wanted.length))
    found.push(at);
  return found;
}

/** The interface identifier of an IPv6 link-local address: RFC 4291, appendix A. */
function eui64(mac: Uint8Array): Uint8Array {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac;
  return Uint8Array.of(a ^ 0x02, b, c, 0xff, 0xfe, d, e, f);
}

function isIpv4(bytes: Uint8Array): boolean {
  return bytes[12] === 0x08 && bytes[13] === 0x00;
}

function isUnfinished(bytes: Uint8Array): boolean {
  const ip = isIpv4(bytes) ? parseIpv4(bytes.subarray(IP.header)) : undefined;
  if (!ip?.ok || ip.value.protocol !== IP_PROTOCOL.tcp) return false;
  const { payload } = ip.value;
  return checksumState(payload, u16At(payload, CHECKSUM_IN.tcp), ip.value, IP_PROTOCOL.tcp) === 'unfinished';
}

function mendChecksums(
  bytes: Uint8Array,
  view: DataView,
  { bytes: before, unfinished }: TemplateFrame,
): void {
  const transport = IP.header + ((bytes[IP.header] as number) & 0x0f) * 4;
  view.setUint16(IP.checksum, 0);
  view.setUint16(IP.checksum, internetChecksum(bytes.subarray(IP.header, transport)));
  // None: of UDP that is allowed.
  if (bytes[IP.protocol] === IP_PROTOCOL.udp) view.setUint16(transport + CHECKSUM_IN.udp, 0);
  if (bytes[IP.protocol] !== IP_PROTOCOL.tcp) return;
  // RFC 1624 §3: what the addresses change in the pseudo header's sum. A finished checksum is its complement.
  const flip = unfinished ? 0 : 0xffff;
  const addresses = (of: Uint8Array): number => addWords(of.subarray(IP.addresses, IP.addressesEnd));
  const old = view.getUint16(transport + CHECKSUM_IN.tcp) ^ flip;
  const sum = foldSum(old + (foldSum(addresses(before)) ^ 0xffff) + addresses(bytes));
  view.setUint16(transport + CHECKSUM_IN.tcp, sum ^ flip);
}
