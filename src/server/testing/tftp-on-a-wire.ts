/**
 * Run in a network namespace of its own: TFTP on one end of a veth pair whose MTU is 1400, a client that speaks raw frames on
 * the other. Prints what the client saw, as JSON. Usage: unshare --net node tftp-on-a-wire.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finishChecksums } from '../../os/offload.ts';
import { openPacketSocket } from '../../os/packet-socket.ts';
import { BROADCAST_IPV4, BROADCAST_MAC, ipv4, mac, parseMac } from '../../wire/address.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { IP_PROTOCOL, isFragment, parseIpv4, serializeIpv4 } from '../../wire/ipv4.ts';
import { formatTftp, parseTftp, serializeTftp } from '../../wire/tftp.ts';
import { parseUdp, serializeUdp, udpChecksum } from '../../wire/udp.ts';
import { openBootFolder } from '../shell/boot-folder.ts';
import { systemClock } from '../shell/clock.ts';
import { serveTftp, type TftpSettings } from '../shell/serve-tftp.ts';
import { ack, rrq } from '../shell/testing/tftp-client.ts';

const CLIENT = mac('00:12:34:56:78:90');
const CLIENT_ADDRESS = ipv4('10.188.0.66');
const SERVER = ipv4('10.188.0.10');
const MTU = 1400;
const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

export type SeenPacket = {
  readonly toPort: number;
  readonly fromPort: number;
  /** As formatTftp has it. */
  readonly says: string;
  /** Of the IPv4 packet. */
  readonly octets: number;
  readonly isFragment: boolean;
  readonly checksum: string;
};

ip('link', 'set', 'lo', 'up');
ip('link', 'add', 's0', 'type', 'veth', 'peer', 'name', 'c0');
for (const name of ['s0', 'c0']) ip('link', 'set', name, 'mtu', String(MTU), 'up');
ip('addr', 'add', `${SERVER}/24`, 'broadcast', '+', 'dev', 's0');
ip('neigh', 'add', CLIENT_ADDRESS, 'lladdr', CLIENT, 'dev', 's0');
// As a lab has it: whoever reads raw frames needs finished checksums, and frames no larger than the MTU.
finishChecksums('s0');
const [, found = ''] = /link\/ether (\S+)/.exec(ip('link', 'show', 's0')) ?? [];
const serverMac = parseMac(found);
if (serverMac === undefined) throw new Error(`s0: wanted a MAC address, got "${found}"`);

const root = mkdtempSync(join(tmpdir(), 'pxebench-wire-'));
writeFileSync(join(root, 'f'), new Uint8Array(20_000));
const settings: TftpSettings = {
  ...{ folder: await openBootFolder(root), limits: { maxBlksize: 65_464, maxWindowsize: 16 } },
  ...{ maxTransfers: 100, maxTransfersPerClient: 100, ports: 'any', upload: undefined },
};
const service = await serveTftp({ address: SERVER, port: 69 }, settings, {
  clock: systemClock,
  log: () => undefined,
});

using socket = openPacketSocket('c0', ETHER_TYPE.ipv4);
const seen: SeenPacket[] = [];
let wake: (() => void) | undefined;
socket.onFrame((frame) => {
  const ethernet = parseEthernet(frame);
  const packet = ethernet.ok ? parseIpv4(ethernet.value.payload) : undefined;
  if (packet?.ok !== true || packet.value.protocol !== IP_PROTOCOL.udp) return;
  const { totalLength, payload } = packet.value;
  const datagram = parseUdp(payload);
  const tftp = datagram.ok ? parseTftp(datagram.value.payload) : undefined;
  seen.push({
    toPort: datagram.ok ? datagram.value.destinationPort : 0,
    fromPort: datagram.ok ? datagram.value.sourcePort : 0,
    says: tftp?.ok === true ? formatTftp(tftp.value) : 'unreadable',
    octets: totalLength,
    isFragment: isFragment(packet.value),
    checksum: datagram.ok ? udpChecksum(payload, datagram.value, packet.value) : 'none',
  });
  wake?.();
});

function send(payload: Uint8Array, sourcePort: number, destinationPort: number, to = SERVER): void {
  const isUnicast = to === SERVER;
  const addresses = { source: CLIENT_ADDRESS, destination: to };
  const udp = serializeUdp({ sourcePort, destinationPort, payload }, addresses);
  socket.send(
    serializeEthernet({
      destination: isUnicast && serverMac !== undefined ? serverMac : BROADCAST_MAC,
      source: CLIENT,
      etherType: ETHER_TYPE.ipv4,
      payload: serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload: udp }),
    }),
  );
}

async function until(count: number): Promise<void> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(new Error(`${seen.length} packets within 15 s`)), 15_000);
  try {
    while (seen.length < count) {
      await Promise.race([deadline.promise, new Promise<void>((resolve) => (wake = resolve))]);
    }
  } finally {
    clearTimeout(timer);
  }
}

const request = serializeTftp(rrq('f', { blksize: '65464', windowsize: '4' }));
// A fence: what must not be answered, and then what must.
send(request, 2001, 69, BROADCAST_IPV4);
send(request, 2002, 69, ipv4('10.188.0.255'));
send(request, 2003, 69);
await until(1);
send(serializeTftp(ack(0)), 2003, seen[0]?.fromPort ?? 0);
await until(5);
await service[Symbol.asyncDispose]();
rmSync(root, { recursive: true });
process.stdout.write(JSON.stringify(seen));
