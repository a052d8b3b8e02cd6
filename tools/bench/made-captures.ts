import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LINKTYPE } from '../../src/pcap/link-type.ts';
import { PcapngWriter } from '../../src/pcap/write-pcapng.ts';
import { BROADCAST_IPV4, BROADCAST_MAC, mac, UNSPECIFIED_IPV4 } from '../../src/wire/address.ts';
import { buildDhcpMessage } from '../../src/wire/dhcp/build-message.ts';
import { OFFSET } from '../../src/wire/dhcp/message.ts';
import { ETHER_TYPE, serializeEthernet } from '../../src/wire/ethernet.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../../src/wire/ipv4.ts';
import { serializeUdp } from '../../src/wire/udp.ts';
import { seededRandom } from '../seeded-random.ts';
import { actedBy, loadTemplateBoot, type TemplateBoot, type Understudy } from './template-boot.ts';

export type MadeFrame = { readonly timeNs: bigint; readonly bytes: Uint8Array };

/** Recorded by ourselves, of all the firmware there is: MAC addresses and files are known. */
const TEMPLATES = [
  'bios-dumb-by-link',
  'bios-ipxe-rom',
  'iscsi-sanboot',
  's390x-ccw',
  'slof-ppc64',
  'uefi-ia32-dumb',
  'uefi-x64-dumb',
];
const BEGIN_NS = 1_800_000_000n * 1_000_000_000n;
/** Machines that are switched on together. */
const WAVE = 49;
/** One after the other within a wave. */
const STAGGER_NS = 200_000_000n;
const AFTER_A_WAVE_NS = 1_000_000_000n;

/** Boots without end, recorded in `captures/lab`: each time of other clients, 49 at a time, their frames among one another. */
export async function* bootStorm(labCaptures: string): AsyncGenerator<MadeFrame> {
  const templates = await Promise.all(
    TEMPLATES.map((name) => loadTemplateBoot(join(labCaptures, `${name}.pcap`))),
  );
  let clients = 0;
  let beginNs = BEGIN_NS;
  for (;;) {
    const wave = Array.from({ length: WAVE }, (_, i) => {
      const boot = templates[i % templates.length] as TemplateBoot;
      const understudies = Array.from({ length: boot.clients }, () => understudy(++clients));
      const startNs = beginNs + BigInt(i) * STAGGER_NS;
      return { understudies, boot, startNs };
    });
    const frames = wave.flatMap(({ boot, startNs, understudies }) =>
      boot.frames.map((frame) => ({ frame, understudies, timeNs: startNs + frame.afterNs })),
    );
    frames.sort((a, b) => Number(a.timeNs - b.timeNs));
    for (const { frame, understudies, timeNs } of frames)
      yield { timeNs, bytes: actedBy(frame, understudies) };
    beginNs = (frames.at(-1)?.timeNs ?? beginNs) + AFTER_A_WAVE_NS;
  }
}

/** Locally administered addresses, and 10.0.0.0/8 from below: up to two million do not reach the servers' 10.188.0.0/24. */
function understudy(number: number): Understudy {
  const low = [(number >> 16) & 255, (number >> 8) & 255, number & 255];
  return {
    mac: Uint8Array.of(0x02, 0xbe, 0x9c, ...low),
    ip: Uint8Array.of(10, ...low),
    xidMask: Math.imul(number, 0x9e3779b1) >>> 0,
  };
}

/**
 * DISCOVERs without end, 10,000 a second. With `clients` that many ask in turn, again and again; without, each is from a
 * client that nobody saw before.
 */
export function* noise(clients?: number): Generator<MadeFrame> {
  const template = discover();
  const random = seededRandom(1);
  for (let number = 0; ; number++) {
    const bytes = template.frame.slice();
    const view = new DataView(bytes.buffer);
    const tail = clients === undefined ? random() : Math.imul((number % clients) + 1, 0x9e3779b1) >>> 0;
    for (const at of [ETHERNET_SOURCE, template.messageAt + OFFSET.chaddr]) view.setUint32(at + 2, tail);
    view.setUint32(template.messageAt + OFFSET.xid, random());
    yield { timeNs: BEGIN_NS + BigInt(number) * 100_000n, bytes };
  }
}

const ETHERNET_SOURCE = 6;
const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const UDP_HEADER = 8;

/** A DISCOVER as iPXE sends it, near enough. */
function discover(): { readonly frame: Uint8Array; readonly messageAt: number } {
  const source = mac('02:be:00:00:00:00');
  const option = (code: number, ...data: number[]) => ({ code, data: Uint8Array.from(data) });
  const text = (code: number, value: string) => ({ code, data: Buffer.from(value, 'latin1') });
  const payload = serializeUdp({
    sourcePort: 68,
    destinationPort: 67,
    payload: buildDhcpMessage({
      xid: 0,
      chaddr: source,
      options: [
        option(53, 1),
        option(57, 0x05, 0xc0),
        option(93, 0, 0),
        option(94, 1, 2, 1),
        text(60, 'PXEClient:Arch:00000:UNDI:002001'),
        text(77, 'iPXE'),
        option(55, 1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 175, 203),
      ],
    }),
  });
  const packet = serializeIpv4({
    source: UNSPECIFIED_IPV4,
    destination: BROADCAST_IPV4,
    protocol: IP_PROTOCOL.udp,
    payload,
  });
  return {
    frame: serializeEthernet({
      source,
      destination: BROADCAST_MAC,
      etherType: ETHER_TYPE.ipv4,
      payload: packet,
    }),
    messageAt: ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER,
  };
}

const FLUSH_OCTETS = 4 * 1024 * 1024;

/**
 * Writes the first frames of `frames` as a pcapng file. Returns the file's length after each of these counts of frames
 * (ascending): cut there, it is a whole capture of so many.
 */
export async function writeCapture(
  path: string,
  frames: AsyncIterable<MadeFrame> | Iterable<MadeFrame>,
  counts: readonly number[],
  deps: { readonly signal: AbortSignal; readonly onProgress: (frames: number) => void },
): Promise<ReadonlyMap<number, number>> {
  const lengths = new Map<number, number>();
  const most = Math.max(...counts);
  const writer = new PcapngWriter();
  await using file = await open(path, 'w');
  let blocks = [
    writer.section({ application: 'pxebench bench' }),
    writer.interface({ linkType: LINKTYPE.ethernet, name: 'made' }),
  ];
  let waiting = 0;
  let written = blocks.reduce((sum, block) => sum + block.length, 0);
  let count = 0;
  for await (const frame of frames) {
    const block = writer.frame({ interfaceId: 0, ...frame });
    blocks.push(block);
    waiting += block.length;
    written += block.length;
    count++;
    if (counts.includes(count)) lengths.set(count, written);
    if (waiting >= FLUSH_OCTETS || count === most) {
      deps.signal.throwIfAborted();
      await file.writeFile(Buffer.concat(blocks));
      deps.onProgress(count);
      blocks = [];
      waiting = 0;
    }
    if (count === most) break;
  }
  return lengths;
}
