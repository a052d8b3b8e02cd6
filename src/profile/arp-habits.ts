import type { Frame } from '../pcap/frame.ts';
import { LINKTYPE } from '../pcap/link-type.ts';
import { BoundedMap } from '../story/bounded-map.ts';
import type { IpAddress } from '../wire/address.ts';
import { ARP_OPERATION, type Arp, parseArp } from '../wire/arp.ts';
import { ETHER_TYPE, parseEthernet } from '../wire/ethernet.ts';
import { parseLinuxCooked, parseLinuxCooked2 } from '../wire/linux-cooked.ts';
import type { At, HabitOf } from './habit.ts';
import type { Questions } from './questions.ts';

type Ipv4Arp = Extract<Arp, { kind: 'ipv4' }>;
type Keep = (habit: HabitOf<'arp'>) => void;

const ADDRESSES = 16_000;

/** ARP for IPv4, in a link layer whose type field is an EtherType. */
export function arpOf({ linkType, bytes }: Frame): Ipv4Arp | undefined {
  const link =
    linkType === LINKTYPE.ethernet
      ? parseEthernet(bytes)
      : linkType === LINKTYPE.linuxSll
        ? parseLinuxCooked(bytes)
        : linkType === LINKTYPE.linuxSll2
          ? parseLinuxCooked2(bytes)
          : undefined;
  if (link?.ok !== true) return undefined;
  const type = 'etherType' in link.value ? link.value.etherType : link.value.protocol;
  const arp = type === ETHER_TYPE.arp ? parseArp(link.value.payload) : undefined;
  return arp?.ok === true && arp.value.kind === 'ipv4' ? arp.value : undefined;
}

/** How clients ask for others, tell of themselves, and answer those who ask for them. */
export class ArpHabits {
  /** Whose address it is: what takes a row of who was asked for. */
  readonly #owners = new BoundedMap<IpAddress, Keep>(ADDRESSES);
  readonly #questions: Questions;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  /** From now on somebody who asks for that address asks for this client. */
  usedBy(address: IpAddress, keep: Keep): void {
    if (address !== '0.0.0.0' && !this.#owners.has(address)) this.#owners.set(address, keep);
  }

  hear(arp: Ipv4Arp, at: At, keep: Keep): void {
    const { operation, senderIp, targetIp } = arp;
    this.usedBy(senderIp, keep);
    const what = kindOf(arp);
    const habit: HabitOf<'arp'> = {
      ...at,
      kind: 'arp',
      what,
      operation,
      target: targetIp,
      tries: [at],
      answeredNs: undefined,
    };
    if (what === 'request') {
      this.#owners.get(targetIp)?.({ ...habit, what: 'was-asked', tries: [at] });
      const asked = this.#questions.ask(`arp ${senderIp} ${targetIp}`, habit);
      if (asked !== undefined) keep(asked);
      return;
    }
    // Whoever asked has the answer; so has whoever hears it from the owner itself.
    if (operation === ARP_OPERATION.reply) this.#questions.answer(`arp ${targetIp} ${senderIp}`, at.timeNs);
    keep(habit);
  }
}

/** RFC 5227 §1.1. */
function kindOf({ operation, senderIp, targetIp }: Ipv4Arp): HabitOf<'arp'>['what'] {
  if (senderIp === '0.0.0.0') return 'probe';
  if (senderIp === targetIp) return 'announcement';
  return operation === ARP_OPERATION.request ? 'request' : 'reply';
}
