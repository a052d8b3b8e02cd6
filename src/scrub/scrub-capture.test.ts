import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { openLink } from '../story/link.ts';
import { RELINKS, relinked, TOKEN_RING } from '../story/testing/relink.ts';
import { ipv4, mac } from '../wire/address.ts';
import { latin1, toHex } from '../wire/bytes.ts';
import { serializeEthernet } from '../wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4, serializeIpv4 } from '../wire/ipv4.ts';
import { serializeTcp, tcpChecksum, tcpFlags } from '../wire/tcp.ts';
import { serializeTftp } from '../wire/tftp.ts';
import { serializeUdp } from '../wire/udp.ts';
import { Known } from './known.ts';
import { findLeftovers } from './leftovers.ts';
import { scrubCapture } from './scrub-capture.ts';

const KEY = new TextEncoder().encode('a key for tests');
const CLIENT = { ip: ipv4('192.168.7.66'), mac: mac('52:54:00:ab:cd:ef') };
const SERVER = { ip: ipv4('192.168.7.10'), mac: mac('3c:ec:ef:01:02:03') };
const ETHERTYPE_IPV4 = 0x0800;

type Side = typeof CLIENT;

function frame(
  number: number,
  source: Side,
  destination: Side,
  protocol: number,
  payload: Uint8Array,
): Frame {
  const packet = serializeIpv4({ source: source.ip, destination: destination.ip, protocol, payload });
  const bytes = serializeEthernet({
    source: source.mac,
    destination: destination.mac,
    etherType: ETHERTYPE_IPV4,
    payload: packet,
  });
  return {
    number,
    timeNs: BigInt(number),
    interfaceId: 0,
    linkType: LINKTYPE.ethernet,
    bytes,
    originalLength: bytes.length,
  };
}

function tcp(
  number: number,
  from: Side,
  to: Side,
  ports: readonly [number, number],
  seq: number,
  text: string,
): Frame {
  const addresses = { source: from.ip, destination: to.ip };
  const segment = {
    sourcePort: ports[0],
    destinationPort: ports[1],
    seq,
    flags: tcpFlags('ack'),
    payload: Buffer.from(text, 'latin1'),
  };
  return frame(number, from, to, IP_PROTOCOL.tcp, serializeTcp(segment, addresses));
}

function udp(
  number: number,
  from: Side,
  to: Side,
  ports: readonly [number, number],
  payload: Uint8Array,
): Frame {
  const addresses = { source: from.ip, destination: to.ip };
  const datagram = serializeUdp({ sourcePort: ports[0], destinationPort: ports[1], payload }, addresses);
  return frame(number, from, to, IP_PROTOCOL.udp, datagram);
}

const textOf = (one: Frame | undefined): string => latin1(one?.bytes ?? new Uint8Array(0));

describe('scrubCapture', () => {
  it('finds a name that two segments share, out of order and repeated, and leaves their checksums right', () => {
    const request =
      'GET /acme/boot.ipxe HTTP/1.1\r\nHost: boot.acme.org\r\nAuthorization: Basic c2VjcmV0OnNlY3JldA==\r\n\r\n';
    const cut = request.indexOf('acme.org') + 2;
    const [one, two] = [request.slice(0, cut), request.slice(cut)];
    const frames = [
      tcp(1, CLIENT, SERVER, [4000, 80], 1000 + cut, two),
      tcp(2, CLIENT, SERVER, [4000, 80], 1000, one),
      tcp(3, CLIENT, SERVER, [4000, 80], 1000 + cut, two),
    ];
    const { frames: made, leftovers } = scrubCapture(frames, { key: KEY });

    expect(leftovers).toEqual([]);
    expect(textOf(made[2])).toBe(textOf(made[0]));
    const whole = textOf(made[1]).slice(54) + textOf(made[0]).slice(54);
    expect(whole).toMatch(
      /^GET \/\w{4}\/boot\.ipxe HTTP\/1\.1\r\nHost: \w{4}\.\w{4}\.\w{3}\r\nAuthorization: Basic x{20}\r\n\r\n$/,
    );
    expect(whole).not.toContain('acme');
    for (const { bytes } of made) {
      const ip = parseIpv4(bytes.subarray(14));
      if (!ip.ok) throw ip.error;
      expect(ip.value.checksum.correct).toBe(true);
      expect(tcpChecksum(ip.value.payload, ip.value)).toBe('correct');
    }
  });

  it('makes the same file the same octets, however it is cut, and keeps what tells a program apart', () => {
    const file = Buffer.alloc(1500, 'secret ');
    file.set(Buffer.from('MZ'), 0);
    file.writeUInt32LE(0x80, 0x3c);
    file.set(Buffer.from('PE\0\0\x64\x86', 'latin1'), 0x80);
    const transfer = (first: number, port: number, blockSize: number): Frame[] => {
      const rrq = serializeTftp({ kind: 'rrq', file: 'ipxe.efi', mode: 'octet', options: [] });
      const oack = serializeTftp({ kind: 'oack', options: [{ name: 'blksize', value: String(blockSize) }] });
      const blocks = Array.from({ length: Math.floor(file.length / blockSize) + 1 }, (_, i) =>
        serializeTftp({
          kind: 'data',
          block: (i + 1) as never,
          data: file.subarray(i * blockSize, (i + 1) * blockSize),
        }),
      );
      return [
        udp(first, CLIENT, SERVER, [port, 69], rrq),
        ...[oack, ...blocks].map((packet, i) => udp(first + 1 + i, SERVER, CLIENT, [1069, port], packet)),
      ];
    };
    const small = transfer(1, 2001, 512);
    const large = transfer(1 + small.length, 2002, 1024);
    const { frames: made, leftovers } = scrubCapture([...small, ...large], { key: KEY });
    const contents = (some: readonly Frame[]): Buffer =>
      Buffer.concat(some.slice(2).map(({ bytes }) => bytes.subarray(46)));
    const content = contents(made.slice(0, small.length));

    expect(leftovers).toEqual([]);
    expect(contents(made.slice(small.length)).equals(content)).toBe(true);
    expect(content).toHaveLength(file.length);
    expect(latin1(content)).not.toContain('secret');
    expect(latin1(content.subarray(0, 2))).toBe('MZ');
    expect(latin1(content.subarray(0x80, 0x86))).toBe('PE\0\0\x64\x86');
  });

  it('blanks what it does not understand, and counts it', () => {
    const { frames, blanked } = scrubCapture(
      [udp(1, CLIENT, SERVER, [5000, 514], Buffer.from('<13>host-7 says hello'))],
      { key: KEY },
    );
    expect(textOf(frames[0])).not.toContain('host-7');
    expect([...blanked]).toEqual([['UDP port 514', 1]]);
  });

  it('reads any octets, and keeps their length', () => {
    const linkTypes = fc.constantFrom(
      LINKTYPE.ethernet,
      LINKTYPE.raw,
      LINKTYPE.linuxSll,
      LINKTYPE.linuxSll2,
      LINKTYPE.null,
      6,
    );
    const head = fc.constantFrom(
      '',
      '45',
      '60',
      '5254001234560011223344550800',
      '52540012345600112233445586dd',
      '5254001234560011223344550806',
    );
    const ports = fc.constantFrom('', '0043', '00450045', '00350035', '02220223', '0050');
    fc.assert(
      fc.property(
        linkTypes,
        head,
        fc.uint8Array({ maxLength: 120 }),
        ports,
        (linkType, start, octets, port) => {
          const bytes = Uint8Array.from(
            Buffer.concat([Buffer.from(start, 'hex'), octets, Buffer.from(port, 'hex'), octets]),
          );
          const original = Buffer.from(bytes).toString('hex');
          const one: Frame = {
            number: 1,
            timeNs: 0n,
            interfaceId: 0,
            linkType,
            bytes,
            originalLength: bytes.length,
          };
          expect(scrubCapture([one], { key: KEY }).frames[0]?.bytes).toHaveLength(bytes.length);
          expect(Buffer.from(bytes).toString('hex')).toBe(original);
        },
      ),
    );
  });
});

describe('findLeftovers', () => {
  const known = new Known();
  known.macs.add(CLIENT.mac);
  known.ipv4.add(CLIENT.ip);
  known.names.add('boot.acme.org');
  known.serials.add('SN12345678');
  known.uuids.add('4c4c454400394e10804eb9c04f4d344a');
  const wide = (text: string): string => [...text].map((character) => `${character}\0`).join('');

  it.each([
    ['a MAC address in binary', '\x52\x54\x00\xab\xcd\xef', 2],
    ['in text, in capitals', 'mac=52-54-00-AB-CD-EF', 6],
    ['behind a hardware type', 'x/01-52-54-00-ab-cd-ef', 4],
    ['an address in binary', '\xc0\xa8\x07\x42', 2],
    ['in a URL', 'http://192.168.7.66:80/', 9],
    ['in hex', 'pxelinux.cfg/C0A80742', 15],
    ['a name', 'http://boot.acme.org/x', 9],
    ['a serial number', 'serial=SN12345678&x', 9],
    ['a UUID in the other order', '44454c4c-3900-104e-804e-b9c04f4d344a', 2],
    ['a name in UTF-16', wide('boot.acme.org'), 2],
  ])('finds %s, and says where', (_, text, offset) => {
    const bytes = Buffer.from(`\x01\x02${text}`, 'latin1');
    const one: Frame = {
      number: 7,
      timeNs: 0n,
      interfaceId: 0,
      linkType: 1,
      bytes,
      originalLength: bytes.length,
    };
    expect(findLeftovers([one], [], known)).toContainEqual(expect.objectContaining({ frame: 7, offset }));
  });
});

describe('findLeftovers: over several frames', () => {
  const known = new Known();
  known.names.add('boot.acme.org');
  const piece = (number: number, header: number, text: string): Frame => {
    const bytes = Buffer.concat([Buffer.alloc(header), Buffer.from(text, 'latin1')]);
    return { number, timeNs: 0n, interfaceId: 0, linkType: 1, bytes, originalLength: bytes.length };
  };
  const [one, two, three] = ['Host: boot.ac', 'me.org\r\nX: boot.acme', '.org.example\r\n'] as const;
  const frames = [piece(4, 54, one), piece(9, 66, two), piece(5, 54, three)];
  const joined = {
    bytes: Buffer.from(one + two + three, 'latin1'),
    pieces: [
      { frame: 4, at: 0, length: one.length },
      { frame: 9, at: one.length, length: two.length },
      { frame: 5, at: one.length + two.length, length: three.length },
    ],
  };

  it('finds what begins in one and ends in another, once, and says where it begins', () => {
    expect(findLeftovers(frames, [joined], known)).toEqual([
      { frame: 4, offset: 54 + 6, what: 'name boot.acme.org, which goes on in another frame' },
    ]);
  });

  it('tells what stands whole in a frame only as that', () => {
    const whole = piece(1, 54, 'Host: boot.acme.org\r\n');
    const alone = { bytes: whole.bytes.subarray(54), pieces: [{ frame: 1, at: 0, length: 21 }] };
    expect(findLeftovers([whole], [alone], known)).toEqual([
      { frame: 1, offset: 60, what: 'name boot.acme.org' },
    ]);
  });
});

describe('scrubCapture: link layers', () => {
  const ethernet = tcp(1, CLIENT, SERVER, [49152, 80], 1000, 'GET /a HTTP/1.1\r\nHost: srv.corp.net\r\n\r\n');
  const IP_OCTETS = ethernet.bytes.length - 14;
  const ipOf = (one: Frame | undefined): string => {
    const link = one === undefined ? undefined : openLink(one);
    if (link?.kind !== 'ipv4') throw new Error('wanted IPv4');
    // Behind it there may be a frame check sequence.
    return toHex(link.payload.subarray(0, IP_OCTETS));
  };
  const plain = ipOf(scrubCapture([ethernet], { key: KEY }).frames[0]);

  it.each(Object.entries({ ...RELINKS, 'Token Ring': TOKEN_RING }))(
    'replaces the same in %s',
    (_, relink) => {
      const { frames, blanked, leftovers } = scrubCapture([relinked(ethernet, relink)], { key: KEY });
      expect(ipOf(frames[0])).toBe(plain);
      expect(blanked.size).toBe(0);
      expect(leftovers).toEqual([]);
      const hex = toHex(frames[0]?.bytes ?? new Uint8Array(0));
      for (const side of [CLIENT, SERVER]) expect(hex).not.toContain(side.mac.replaceAll(':', ''));
    },
  );

  it('replaces the source of a Token Ring frame whose group bit announces routing information', () => {
    const [scrubbed] = scrubCapture([relinked(ethernet, TOKEN_RING)], { key: KEY }).frames;
    const source = scrubbed?.bytes.subarray(8, 14) ?? new Uint8Array(0);
    expect((source[0] ?? 0) & 0x80).toBe(0x80);
    // The vendor's part stays.
    expect(toHex(source.subarray(1, 3))).toBe('5400');
    expect(toHex(source.subarray(3))).not.toBe('abcdef');
  });
});
