import type { Packet } from '../../story/packet.ts';
import type { Ipv6Address } from '../../wire/address.ts';
import { u16At } from '../../wire/bytes.ts';
import {
  DHCPV6_TYPE,
  type Dhcpv6ClientMessage,
  formatDhcpv6Type,
  innermostDhcpv6,
  parseDhcpv6,
} from '../../wire/dhcpv6.ts';
import { IP_PROTOCOL } from '../../wire/ipv4.ts';
import { serializeUdp } from '../../wire/udp.ts';
import { compareDhcpv6, learnRoles6 } from './compare-dhcpv6.ts';
import { type Dhcpv6Answer, type Dhcpv6Step, type Dhcpv6Try, dhcpv6Answer } from './dhcpv6-step.ts';
import type { Actor, Exchange } from './exchange.ts';
import { linkLocalOf } from './neighbour-discovery.ts';
import { QuestionExchange } from './question-exchange.ts';
import { givenIn, rewriteDhcpv6 } from './rewrite-dhcpv6.ts';

/** RFC 8415 §7.1: all relays and servers on the link; all servers of the site. */
const ALL = { link: 'ff02::1:2' as Ipv6Address, site: 'ff05::1:3' as Ipv6Address } as const;
const OPTION_ELAPSED_TIME = 8;
const MOST = 0xffff;
const TRANSACTION_BITS = 0xffffff;

/** A DHCPv6 message, a relay's around it or not, and the answers to it. */
export function dhcpv6Exchange(step: Dhcpv6Step, actor: Actor): Exchange {
  const { message, relay, tries, answers } = step;
  const { roles6, options } = actor;
  const renewed = options.renew.xid?.(message.transactionId);
  const transactionId = renewed === undefined ? message.transactionId : renewed & TRANSACTION_BITS;
  const host = relay === undefined ? actor.host : actor.relay6(relay);
  // A relay's address is another network's: in the lab it speaks by the one that every link has.
  const source = relay === undefined ? ownAddress(tries, host.mac) : linkLocalOf(relay);
  host.addresses6.add(source);
  const destination = relay === undefined ? ALL.link : ALL.site;
  let began: number | undefined;
  const question = {
    protocol: 'DHCPv6',
    title:
      relay === undefined ? formatDhcpv6Type(message.type) : `${formatDhcpv6Type(message.type)} by a relay`,
    ...{ tries, answers },
    isOneWay: false,
    obstacle: () => undefined,
    send: (index: number, now: number) => {
      const one = tries[index];
      if (one === undefined) return;
      began ??= now - elapsedOf(message) * 10;
      const elapsed = options.renew.secs ? Math.min(MOST, Math.floor((now - began) / 10)) : undefined;
      const payload = rewriteDhcpv6(one.message, roles6, {
        transactionId,
        elapsed,
        links: options.relays.v6,
      });
      const addresses = { source, destination };
      const udp = serializeUdp({ ...one.udp, payload }, addresses);
      host.packet6({ ...addresses, protocol: IP_PROTOCOL.udp, hopLimit: 1, payload: udp });
    },
    answerIn: ({ frame, source: from, destination: to, transport }: Packet) => {
      if (transport.kind !== 'udp' || to !== source) return undefined;
      const parsed = parseDhcpv6(transport.udp.payload);
      if (!parsed.ok || (parsed.value.kind === 'relay') !== (relay !== undefined)) return undefined;
      const got = innermostDhcpv6(parsed.value);
      if (got?.transactionId !== transactionId || !ANSWERS.has(got.type)) return undefined;
      return dhcpv6Answer(frame.number, from, got);
    },
    isSameServer: (recorded: Dhcpv6Answer, got: Dhcpv6Answer) =>
      roles6.serverOf(recorded.server) === got.server,
    learn: (recorded: Dhcpv6Answer | undefined, got: Dhcpv6Answer) => {
      if (recorded !== undefined) learnRoles6(recorded.message, got.message, roles6);
      if (got.message.type !== DHCPV6_TYPE.reply || relay !== undefined) return;
      for (const address of givenIn(got.message)) host.addresses6.add(address);
    },
    compare: (recorded: Dhcpv6Answer, got: Dhcpv6Answer) =>
      compareDhcpv6(recorded.message, got.message, roles6),
    describe: ({ message: said }: Dhcpv6Answer) => formatDhcpv6Type(said.type),
  };
  return new QuestionExchange(step, question, actor);
}

const ANSWERS: ReadonlySet<number> = new Set([DHCPV6_TYPE.advertise, DHCPV6_TYPE.reply]);

/** The link-local address that the client spoke by. */
function ownAddress([first]: readonly Dhcpv6Try[], mac: Parameters<typeof linkLocalOf>[0]): Ipv6Address {
  const source = first?.source;
  return source?.startsWith('fe80:') ? (source as Ipv6Address) : linkLocalOf(mac);
}

function elapsedOf({ options }: Dhcpv6ClientMessage): number {
  const data = options.find(({ code }) => code === OPTION_ELAPSED_TIME)?.data;
  return data?.length === 2 ? u16At(data, 0) : 0;
}
