import type { Ipv4Address, MacAddress } from '../../src/wire/address.ts';
import { BROADCAST_MAC, UNSPECIFIED_IPV4 } from '../../src/wire/address.ts';
import { ARP_OPERATION, serializeArp } from '../../src/wire/arp.ts';
import { buildDhcpMessage } from '../../src/wire/dhcp/build-message.ts';
import { BOOTREPLY, BOOTREQUEST } from '../../src/wire/dhcp/message.ts';
import { type DnsFields, serializeDns } from '../../src/wire/dns.ts';
import { ETHER_TYPE } from '../../src/wire/ethernet.ts';
import { tcpFlags } from '../../src/wire/tcp.ts';
import { seededRandom } from '../seeded-random.ts';
import { BOOT_SERVER, machine, seededContent } from './boot-flows.ts';
import { tftpDownload } from './downloads.ts';
import type { MadeFrame } from './made-captures.ts';
import { ethernetFrame, type Host, tcpFrame, udpFrame } from './made-packets.ts';

const BEGIN_NS = 1_800_000_000n * 1_000_000_000n;
const EVERY_NS = 50_000n;
/** Machines at once. */
const AT_ONCE = 25;
/** Every fifth frame is somebody else's. */
const NOISE = 5;
const LEASES = 5;
const QUESTIONS = 50;
const FILES = 2;
const LARGEST_FILE = 160_000;
/** What a key pressed takes in an SSH session. */
const SHELL_OCTETS = 36;
const NO_MAC = '00:00:00:00:00:00' as MacAddress;
const EVERYBODY: Host = { mac: BROADCAST_MAC, ip: '255.255.255.255' as Ipv4Address };

/**
 * Frames of a hundred octets or few more: each machine gets an address five times, asks 50 questions of DNS and fetches two files in blocks
 * of 512 octets; between them what else goes over a network. So many machines that every event of them is still kept.
 */
export function* smallFrames(): Generator<MadeFrame> {
  const random = seededRandom(5);
  const content = seededContent(LARGEST_FILE);
  let machines = 0;
  const begin = (): Generator<Uint8Array> => {
    const number = machines++;
    return session(
      machine(number),
      number,
      content.subarray(0, LARGEST_FILE / 2 + (random() % (LARGEST_FILE / 2))),
    );
  };
  const open = Array.from({ length: AT_ONCE }, begin);
  const others = noise(random);
  for (let number = 0; ; number++) {
    const timeNs = BEGIN_NS + BigInt(number) * EVERY_NS;
    if (number % NOISE === 0) {
      yield { timeNs, bytes: others.next().value };
      continue;
    }
    const at = random() % AT_ONCE;
    let next = (open[at] as Generator<Uint8Array>).next();
    if (next.done === true) {
      open[at] = begin();
      next = (open[at] as Generator<Uint8Array>).next();
    }
    yield { timeNs, bytes: next.value as Uint8Array };
  }
}

function* session(client: Host, number: number, content: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < LEASES; i++) yield* lease(client, number * LEASES + i);
  for (let i = 0; i < QUESTIONS; i++) yield* question(client, i);
  for (let i = 0; i < FILES; i++) {
    const file = `pxelinux.cfg/file-${i}`;
    yield* tftpDownload({ client, server: BOOT_SERVER, port: 2_070 + i, file, content });
  }
}

/** DISCOVER, OFFER, REQUEST, ACK. */
function* lease(client: Host, xid: number): Generator<Uint8Array> {
  const option = (code: number, ...data: number[]) => ({ code, data: Uint8Array.from(data) });
  const text = (code: number, value: string) => ({ code, data: Buffer.from(value, 'latin1') });
  const chaddr = client.mac;
  const nobody = { host: { ...client, ip: UNSPECIFIED_IPV4 }, port: 68 };
  const anybody = { host: EVERYBODY, port: 67 };
  const server = { host: BOOT_SERVER, port: 67 };
  const asks = (type: number): Uint8Array =>
    buildDhcpMessage({
      op: BOOTREQUEST,
      xid,
      chaddr,
      options: [
        option(53, type),
        option(55, 1, 3, 6, 12, 43, 60, 66, 67),
        option(93, 0, 7),
        text(60, 'PXEClient:Arch:00007:UNDI:003016'),
      ],
    });
  const answers = (type: number): Uint8Array =>
    buildDhcpMessage({
      op: BOOTREPLY,
      xid,
      chaddr,
      yiaddr: client.ip,
      siaddr: BOOT_SERVER.ip,
      file: 'ipxe.efi',
      options: [
        option(53, type),
        option(54, 10, 188, 0, 10),
        option(51, 0, 0, 14, 16),
        option(1, 255, 0, 0, 0),
      ],
    });
  yield udpFrame(nobody, anybody, asks(1));
  yield udpFrame(server, { host: client, port: 68 }, answers(2));
  yield udpFrame(nobody, anybody, asks(3));
  yield udpFrame(server, { host: client, port: 68 }, answers(5));
}

function* question(client: Host, id: number): Generator<Uint8Array> {
  const name = `host-${id}.example.com`;
  const type = id % 2 === 0 ? 'A' : 'AAAA';
  const asked: DnsFields = { id, questions: [{ name, type, class: 'IN' }] };
  const here = { host: client, port: 1_024 + id };
  const there = { host: BOOT_SERVER, port: 53 };
  yield udpFrame(here, there, serializeDns(asked));
  const address = {
    name,
    type,
    class: 'IN',
    ttl: 60,
    text: '',
    kind: 'address',
    address: BOOT_SERVER.ip,
  } as const;
  yield udpFrame(
    there,
    here,
    serializeDns({ ...asked, isResponse: true, answers: type === 'A' ? [address] : [] }),
  );
}

/** ARP, spanning tree, SSDP, mDNS, NTP, somebody's SSH: each of one of a thousand hosts. */
function* noise(random: () => number): Generator<Uint8Array, never> {
  const host = (): Host => machine(0x100000 + (random() % 1_000));
  const group = (mac: string, ip: string): Host => ({ mac: mac as MacAddress, ip: ip as Ipv4Address });
  const ssdp = group('01:00:5e:7f:ff:fa', '239.255.255.250');
  const mdns = group('01:00:5e:00:00:fb', '224.0.0.251');
  const search = Buffer.from(
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\n\r\n',
  );
  const service = { name: '_ipp._tcp.local', type: 'PTR', class: 'IN' };
  const tree = new Uint8Array(38);
  tree.set([0x42, 0x42, 0x03]);
  for (let seq = 0; ; seq = (seq + SHELL_OCTETS) >>> 0) {
    const from = host();
    const to = host();
    const sender = { senderMac: from.mac, senderIp: from.ip };
    const target = { targetMac: NO_MAC, targetIp: to.ip };
    const arp = serializeArp({ kind: 'ipv4', operation: ARP_OPERATION.request, ...sender, ...target });
    yield ethernetFrame(from.mac, BROADCAST_MAC, ETHER_TYPE.arp, arp);
    yield ethernetFrame(from.mac, '01:80:c2:00:00:00' as MacAddress, tree.length, tree);
    yield udpFrame({ host: from, port: 50_000 }, { host: ssdp, port: 1900 }, search);
    yield udpFrame(
      { host: from, port: 5353 },
      { host: mdns, port: 5353 },
      serializeDns({ questions: [service] }),
    );
    yield udpFrame({ host: from, port: 123 }, { host: to, port: 123 }, new Uint8Array(48).fill(0x23));
    const shell = {
      seq,
      ack: seq,
      flags: tcpFlags('psh', 'ack'),
      payload: new Uint8Array(SHELL_OCTETS).fill(seq),
    };
    yield tcpFrame({ host: machine(0x100001), port: 40_022 }, { host: machine(0x100002), port: 22 }, shell);
  }
}
