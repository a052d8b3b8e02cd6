import { type IcmpSocket, openIcmpSocket } from '../../os/icmp-socket.ts';
import { openPacketSocket, type PacketSocket } from '../../os/packet-socket.ts';
import { BROADCAST_MAC, type Ipv4Address, type MacAddress, mac } from '../../wire/address.ts';
import { ARP_OPERATION, parseArp, serializeArp } from '../../wire/arp.ts';
import { ETHER_TYPE, parseEthernet, serializeEthernet } from '../../wire/ethernet.ts';
import { parseIcmp, serializeIcmp } from '../../wire/icmp.ts';
import { parseIpv4 } from '../../wire/ipv4.ts';
import type { ProbeMeans } from '../dhcp/address-probes.ts';
import type { Clock } from './clock.ts';
import type { OwnInterface } from './own-interface.ts';

export interface AddressProber extends Disposable {
  /** Asks for the address; `onResult` follows once. One that is being asked for already is not asked for again. */
  readonly probe: (address: Ipv4Address, means: ProbeMeans, via: Ipv4Address) => void;
}

export type ProberDeps = {
  readonly clock: Clock;
  /** Undefined: silence. */
  readonly onResult: (address: Ipv4Address, answeredBy: MacAddress | 'unknown' | undefined) => void;
  /** A probe that could not be sent: it counts as one that nobody answered. */
  readonly onFailure: (address: Ipv4Address, error: unknown) => void;
};

/** On one's own wire an answer takes less than a millisecond; RFC 5227's seconds are for hosts that are just waking up. */
const ARP_WAIT_MS = 250;
/** A frame may be lost: asked twice. */
const ARP_REPEAT_MS = 100;
/** Behind a relay: as far as a site is wide. With it an OFFER is still there before iPXE asks again, after a second. */
const ICMP_WAIT_MS = 500;
const UNKNOWN_MAC = mac('00:00:00:00:00:00');
const NO_DATA = new Uint8Array(0);

/** Its sockets are opened with the first probe, so that a server that does not probe has none. */
export function openAddressProber(
  interfaces: readonly OwnInterface[],
  { clock, onResult, onFailure }: ProberDeps,
): AddressProber {
  const waiting = new Map<Ipv4Address, Disposable[]>();
  const arpSockets = new Map<Ipv4Address, PacketSocket>();
  let icmp: IcmpSocket | undefined;
  let sequence = 0;

  const finish = (address: Ipv4Address, answeredBy: MacAddress | 'unknown' | undefined): void => {
    const timers = waiting.get(address);
    if (timers === undefined) return;
    waiting.delete(address);
    for (const timer of timers) timer[Symbol.dispose]();
    onResult(address, answeredBy);
  };

  const hearArp = (frame: Uint8Array): void => {
    const ethernet = parseEthernet(frame);
    const arp = ethernet.ok ? parseArp(ethernet.value.payload) : undefined;
    // Whatever it says, whoever speaks from an address has it.
    if (arp?.ok === true && arp.value.kind === 'ipv4') finish(arp.value.senderIp, arp.value.senderMac);
  };
  const askByArp = (address: Ipv4Address, own: OwnInterface): void => {
    let socket = arpSockets.get(own.address);
    if (socket === undefined) {
      socket = openPacketSocket(own.name, ETHER_TYPE.arp);
      socket.onFrame(hearArp);
      arpSockets.set(own.address, socket);
    }
    const payload = serializeArp({
      kind: 'ipv4',
      operation: ARP_OPERATION.request,
      senderMac: own.mac,
      senderIp: own.address,
      targetMac: UNKNOWN_MAC,
      targetIp: address,
    });
    const ends = { destination: BROADCAST_MAC, source: own.mac };
    socket.send(serializeEthernet({ ...ends, etherType: ETHER_TYPE.arp, payload }));
  };

  const hearIcmp = (bytes: Uint8Array): void => {
    const packet = parseIpv4(bytes);
    const message = packet.ok ? parseIcmp(packet.value.payload) : undefined;
    if (packet.ok && message?.ok === true && message.value.kind === 'echo-reply') {
      finish(packet.value.source, 'unknown');
    }
  };
  const askByIcmp = (address: Ipv4Address): void => {
    icmp ??= openIcmpSocket(hearIcmp);
    sequence = (sequence + 1) & 0xffff;
    const id = process.pid & 0xffff;
    icmp.send(serializeIcmp({ kind: 'echo-request', id, sequence, data: NO_DATA }), address);
  };

  /** A process that was held up runs its timers before it reads its sockets: an answer may be waiting there. */
  const hearWhatWaits = (): void => {
    for (const socket of arpSockets.values()) {
      for (let frame = socket.receive(); frame !== undefined; frame = socket.receive()) hearArp(frame);
    }
    icmp?.drain();
  };

  return {
    probe: (address, means, via) => {
      if (waiting.has(address)) return;
      const own = interfaces.find((one) => one.address === via);
      const timers: Disposable[] = [];
      waiting.set(address, timers);
      const ask = (): void => {
        try {
          if (means === 'icmp' || own === undefined) askByIcmp(address);
          else askByArp(address, own);
        } catch (error) {
          onFailure(address, error);
        }
      };
      const wait = means === 'icmp' ? ICMP_WAIT_MS : ARP_WAIT_MS;
      timers.push(
        clock.after(wait, () => {
          hearWhatWaits();
          finish(address, undefined);
        }),
      );
      if (means === 'arp') timers.push(clock.after(ARP_REPEAT_MS, ask));
      ask();
    },
    [Symbol.dispose]: () => {
      for (const timers of waiting.values()) for (const timer of timers) timer[Symbol.dispose]();
      waiting.clear();
      for (const socket of arpSockets.values()) socket[Symbol.dispose]();
      icmp?.[Symbol.dispose]();
    },
  };
}
