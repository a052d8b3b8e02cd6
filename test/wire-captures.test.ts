/** Every frame of captures/ through the codecs: read, written back octet by octet, and read as tshark reads it. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../src/pcap/frame.ts';
import { LINKTYPE } from '../src/pcap/link-type.ts';
import { openCapture } from '../src/pcap/open-capture.ts';
import { hasTshark, NEEDS_TSHARK, tsharkFields } from '../src/pcap/testing/tshark.ts';
import { parseArp, serializeArp } from '../src/wire/arp.ts';
import { toHex } from '../src/wire/bytes.ts';
import { parseDns } from '../src/wire/dns.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../src/wire/ethernet.ts';
import { parseIcmp, serializeIcmp } from '../src/wire/icmp.ts';
import { parseIcmpv6, serializeIcmpv6 } from '../src/wire/icmpv6.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../src/wire/ipv4.ts';
import { parseIpv6, serializeIpv6 } from '../src/wire/ipv6.ts';
import { parseTcp, serializeTcp, type Tcp } from '../src/wire/tcp.ts';
import { parseTftp, serializeTftp, type Tftp } from '../src/wire/tftp.ts';
import { parseUdp, serializeUdp } from '../src/wire/udp.ts';
import type { ParseResult } from '../src/wire/wire-error.ts';

const folder = fileURLToPath(new URL('../captures/', import.meta.url));
const captures = globSync('**/*.{pcap,pcapng,pcap.gz,pcapng.gz}', { cwd: folder }).sort();

/** By tshark's names, in its notation but for hexadecimal; several values of one field with commas between. */
type Reading = Record<string, string | number>;

const FIELDS = [
  ...[
    'eth.dst',
    'eth.src',
    'eth.type',
    'arp.opcode',
    'arp.src.hw_mac',
    'arp.src.proto_ipv4',
    'arp.dst.proto_ipv4',
  ],
  ...['ip.src', 'ip.dst', 'ip.ttl', 'ip.id', 'ip.len', 'ip.proto', 'ip.checksum', 'ip.frag_offset'],
  ...['ipv6.src', 'ipv6.dst', 'ipv6.hlim', 'ipv6.plen', 'ipv6.flow'],
  ...['udp.srcport', 'udp.dstport', 'udp.length', 'udp.checksum'],
  ...[
    'tcp.srcport',
    'tcp.dstport',
    'tcp.seq_raw',
    'tcp.ack_raw',
    'tcp.flags',
    'tcp.window_size_value',
    'tcp.len',
  ],
  ...['tcp.options.mss_val', 'tcp.options.wscale.shift', 'tcp.options.timestamp.tsval'],
  ...['icmp.type', 'icmp.code', 'icmpv6.type', 'icmpv6.code', 'icmpv6.opt.prefix', 'icmpv6.opt.linkaddr'],
  ...[
    'tftp.opcode',
    'tftp.block',
    'tftp.source_file',
    'tftp.destination_file',
    'tftp.type',
    'tftp.error.code',
  ],
  ...['tftp.error.message', 'tftp.option.name', 'tftp.option.value'],
  ...['dns.id', 'dns.flags.response', 'dns.qry.name', 'dns.resp.name', 'dns.a', 'dns.aaaa', 'dns.cname'],
];

const TFTP_OPCODE = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;
const TFTP_PORT = 69;
const DNS_PORT = 53;

/** Reads one layer; fails unless it can be read and is written back octet by octet. */
function layer<T>(
  bytes: Uint8Array,
  parse: (bytes: Uint8Array) => ParseResult<T>,
  serialize: (value: T) => Uint8Array,
): T {
  const parsed = parse(bytes);
  if (!parsed.ok) throw parsed.error;
  expect(toHex(serialize(parsed.value))).toBe(toHex(bytes));
  return parsed.value;
}

/** Ports of servers that answer from another one (RFC 1350 §4). */
type Transfers = Set<number>;

function read({ linkType, bytes }: Frame, transfers: Transfers): Reading {
  if (linkType === LINKTYPE.null) return readIpv4(bytes.subarray(4), transfers);
  if (linkType !== LINKTYPE.ethernet) return {};
  const { destination, source, etherType, payload } = layer(bytes, parseEthernet, serializeEthernet);
  const ethernet = { 'eth.dst': destination, 'eth.src': source, 'eth.type': etherType };
  switch (etherType) {
    case ETHER_TYPE.arp: {
      const arp = layer(payload, parseArp, serializeArp);
      if (arp.kind !== 'ipv4') return ethernet;
      return {
        ...ethernet,
        'arp.opcode': arp.operation,
        'arp.src.hw_mac': arp.senderMac,
        'arp.src.proto_ipv4': arp.senderIp,
        'arp.dst.proto_ipv4': arp.targetIp,
      };
    }
    case ETHER_TYPE.ipv4:
      return { ...ethernet, ...readIpv4(payload, transfers) };
    case ETHER_TYPE.ipv6: {
      const ip = layer(payload, parseIpv6, serializeIpv6);
      return {
        ...ethernet,
        'ipv6.src': ip.source,
        'ipv6.dst': ip.destination,
        'ipv6.hlim': ip.hopLimit,
        'ipv6.plen': ip.payloadLength,
        'ipv6.flow': ip.flowLabel,
        ...readTransport(ip.protocol, ip.payload, transfers),
      };
    }
    default:
      return ethernet;
  }
}

function readIpv4(bytes: Uint8Array, transfers: Transfers): Reading {
  const ip = layer(bytes, parseIpv4, serializeIpv4);
  return {
    'ip.src': ip.source,
    'ip.dst': ip.destination,
    'ip.ttl': ip.ttl,
    'ip.id': ip.identification,
    'ip.len': ip.totalLength,
    'ip.proto': ip.protocol,
    'ip.checksum': ip.checksum.value,
    'ip.frag_offset': ip.fragment.offset,
    ...readTransport(ip.protocol, ip.payload, transfers),
  };
}

function readTransport(protocol: number, payload: Uint8Array, transfers: Transfers): Reading {
  switch (protocol) {
    case IP_PROTOCOL.udp: {
      const udp = layer(payload, parseUdp, serializeUdp);
      const { sourcePort, destinationPort } = udp;
      if (destinationPort === TFTP_PORT) transfers.add(sourcePort);
      return {
        'udp.srcport': sourcePort,
        'udp.dstport': destinationPort,
        'udp.length': udp.length,
        'udp.checksum': udp.checksum,
        ...(destinationPort === TFTP_PORT || transfers.has(sourcePort) || transfers.has(destinationPort)
          ? readTftp(layer(udp.payload, parseTftp, serializeTftp))
          : {}),
        ...(sourcePort === DNS_PORT || destinationPort === DNS_PORT ? readDns(udp.payload) : {}),
      };
    }
    case IP_PROTOCOL.tcp:
      return readTcp(layer(payload, parseTcp, serializeTcp));
    case IP_PROTOCOL.icmp:
      layer(payload, parseIcmp, serializeIcmp);
      return { 'icmp.type': payload[0] ?? '', 'icmp.code': payload[1] ?? '' };
    case IP_PROTOCOL.icmpv6: {
      const icmp = layer(payload, parseIcmpv6, serializeIcmpv6);
      const options = 'options' in icmp ? icmp.options : [];
      const addresses = options.flatMap((option) => ('address' in option ? [option.address] : []));
      const prefixes = options.flatMap((option) => (option.kind === 'prefix' ? [option.prefix] : []));
      return {
        'icmpv6.type': payload[0] ?? '',
        'icmpv6.code': icmp.code,
        'icmpv6.opt.linkaddr': addresses.join(','),
        'icmpv6.opt.prefix': prefixes.join(','),
      };
    }
    default:
      return {};
  }
}

function readTcp(tcp: Tcp): Reading {
  const names = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
  const option = <K extends Tcp['options'][number]['kind']>(kind: K) =>
    tcp.options.find((one): one is Extract<Tcp['options'][number], { kind: K }> => one.kind === kind);
  return {
    'tcp.srcport': tcp.sourcePort,
    'tcp.dstport': tcp.destinationPort,
    'tcp.seq_raw': tcp.seq,
    'tcp.ack_raw': tcp.ack,
    'tcp.flags': names.reduce((bits, name, i) => bits + (tcp.flags[name] ? 2 ** i : 0), tcp.reserved * 256),
    'tcp.window_size_value': tcp.window,
    'tcp.len': tcp.payload.length,
    'tcp.options.mss_val': option('mss')?.mss ?? '',
    'tcp.options.wscale.shift': option('window-scale')?.shift ?? '',
    'tcp.options.timestamp.tsval': option('timestamps')?.value ?? '',
  };
}

function readTftp(tftp: Tftp): Reading {
  const options = 'options' in tftp ? tftp.options : [];
  return {
    'tftp.opcode': tftp.kind === 'unknown' ? tftp.opcode : TFTP_OPCODE[tftp.kind],
    'tftp.block': 'block' in tftp ? tftp.block : '',
    // tshark repeats the name in every packet of the transfer.
    ...(tftp.kind === 'rrq' ? { 'tftp.source_file': tftp.file } : {}),
    ...(tftp.kind === 'wrq' ? { 'tftp.destination_file': tftp.file } : {}),
    'tftp.type': 'mode' in tftp ? tftp.mode : '',
    'tftp.error.code': tftp.kind === 'error' ? tftp.code : '',
    'tftp.error.message': tftp.kind === 'error' ? tftp.message : '',
    'tftp.option.name': options.map(({ name }) => name).join(','),
    'tftp.option.value': options.map(({ value }) => value).join(','),
  };
}

function readDns(bytes: Uint8Array): Reading {
  const parsed = parseDns(bytes);
  if (!parsed.ok) throw parsed.error;
  const { id, isResponse, questions, answers, authorities, additionals } = parsed.value;
  const records = [...answers, ...authorities, ...additionals];
  const texts = (type: string): string =>
    records.flatMap((record) => (record.type === type ? [record.text] : [])).join(',');
  return {
    'dns.id': id,
    'dns.flags.response': isResponse ? 1 : 0,
    'dns.qry.name': questions.map(({ name }) => name).join(','),
    'dns.resp.name': records.map(({ name }) => (name === '.' ? '<Root>' : name)).join(','),
    'dns.a': texts('A'),
    'dns.aaaa': texts('AAAA'),
    'dns.cname': texts('CNAME'),
  };
}

/** tshark's text of a field as ours: hexadecimal and truth as numbers. */
function plain(text: string): string {
  if (/^0x[0-9a-f]+$/.test(text)) return String(Number.parseInt(text, 16));
  return text === 'True' ? '1' : text === 'False' ? '0' : text;
}

async function readAll(capture: string): Promise<readonly Reading[]> {
  await using file = await openCapture(folder + capture);
  const readings: Reading[] = [];
  const transfers: Transfers = new Set();
  for await (const { frames } of file.batches()) {
    for (const frame of frames) readings.push(read(frame, transfers));
  }
  return readings;
}

describe.each(captures)('the frames of captures/%s', (capture) => {
  it('can all be read, and are written back octet by octet', async () => {
    expect(await readAll(capture)).not.toHaveLength(0);
  });

  it.skipIf(!hasTshark)(`are read as tshark reads them ${NEEDS_TSHARK}`, async () => {
    const rows = await tsharkFields(folder + capture, FIELDS);
    for (const [i, ours] of (await readAll(capture)).entries()) {
      const row = Object.fromEntries(FIELDS.map((field, column) => [field, rows[i]?.[column] ?? '']));
      // An ICMP error quotes a datagram, and tshark reads that as well.
      const quotes = row['icmp.type'] === '3';
      const first = (text: string): string => (quotes ? text.replace(/,.*/, '') : text);
      const theirs = Object.keys(ours).map((field) => [field, plain(first(row[field] ?? ''))]);
      const mine = Object.entries(ours).map(([field, value]) => [field, String(value)]);
      expect(mine, `frame ${i + 1}`).toEqual(theirs);
      if (!quotes) {
        const unread = FIELDS.filter(
          (field) => /^(tftp\.opcode|dns\.id)$/.test(field) && row[field] !== '' && !(field in ours),
        );
        expect(unread, `frame ${i + 1}: TFTP and DNS that tshark sees and we did not read`).toEqual([]);
      }
    }
  });
});
