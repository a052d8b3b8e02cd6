import type { Packet } from '../../story/packet.ts';
import { BROADCAST_IPV4, type Ipv4Address, parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import {
  BOOTREPLY,
  clientMac,
  type DhcpMessage,
  optionData,
  parseDhcpMessage,
} from '../../wire/dhcp/message.ts';
import { parseAddress } from '../../wire/dhcp/opt-addresses.ts';
import { formatMessageType, MESSAGE_TYPE, messageTypeCode } from '../../wire/dhcp/opt-message-type.ts';
import { IP_PROTOCOL } from '../../wire/ipv4.ts';
import { serializeUdp } from '../../wire/udp.ts';
import { compareDhcp, learnRoles } from './compare-dhcp.ts';
import { type DhcpStep, dhcpAnswer, fits, isOnItsWay, isToRelay, type RecordedAnswer } from './dhcp-step.ts';
import type { Actor, Exchange } from './exchange.ts';
import type { ReplayHost } from './host.ts';
import { QuestionExchange } from './question-exchange.ts';
import { rewriteDhcp } from './rewrite-dhcp.ts';

const OPTION = { netmask: 1, router: 3 } as const;
/** Nobody answers these: RFC 2131 §4.3.3, §4.3.4. */
const ONE_WAY: ReadonlySet<number> = new Set([MESSAGE_TYPE.decline, MESSAGE_TYPE.release]);

/** A DHCP message and the answers to it. */
export function dhcpExchange(step: DhcpStep, actor: Actor): Exchange {
  const { message, relay, tries, answers } = step;
  const { roles, options, script } = actor;
  const xid = options.renew.xid?.(message.xid) ?? message.xid;
  // The relay's address in the lab.
  const giaddr = options.relays.v4.get(message.giaddr) ?? message.giaddr;
  const host = relay === undefined ? actor.host : actor.relay(relay.mac, giaddr);
  if (relay !== undefined) actor.host.elsewhere = true;
  const destination = (): Ipv4Address | undefined => {
    const [first] = tries;
    const recorded = parseIpv4(first?.destination ?? '');
    // A network's own broadcast address is another one in the lab.
    return recorded === undefined || first?.toAll !== false
      ? BROADCAST_IPV4
      : roles.serverOf(recorded, 'server', 'next server');
  };
  const question = {
    protocol: 'DHCP',
    title: relay === undefined ? typeName(message) : `${typeName(message)} by relay ${relay.address}`,
    ...{ tries, answers },
    isOneWay: ONE_WAY.has(messageTypeCode(message) ?? 0),
    obstacle: () =>
      destination() === undefined
        ? `nobody stands for ${tries[0]?.destination} now: the answer that named it has not come`
        : undefined,
    send: (index: number, now: number) => {
      const [one, to] = [tries[index], destination()];
      if (one === undefined || to === undefined) return;
      const recorded = parseIpv4(one.source) ?? UNSPECIFIED_IPV4;
      const source =
        relay === undefined ? roles.of(recorded, 'client') : recorded === message.giaddr ? giaddr : recorded;
      const addresses = { source, destination: to };
      const { renew } = options;
      const secs = renew.secs ? actor.secs.secs(one.message.secs, one.timeNs, now) : one.message.secs;
      const payload = rewriteDhcp(one.udp.payload, one.message, roles, { xid, secs, giaddr });
      const sent = { ...one.udp, payload };
      // A client that sends no checksum (RFC 768 allows it) sends none now.
      const udp = one.udp.checksum === 0 ? serializeUdp(sent) : serializeUdp(sent, addresses);
      host.packet({ ...one.header, ...addresses, protocol: IP_PROTOCOL.udp, payload: udp });
    },
    answerIn: ({ frame, source, transport }: Packet) => {
      const parsed = transport.kind === 'udp' ? parseDhcpMessage(transport.udp.payload) : undefined;
      if (transport.kind !== 'udp' || parsed?.ok !== true || parsed.value.op !== BOOTREPLY) return undefined;
      const got = parsed.value;
      if (got.xid !== xid || clientMac(got) !== script.mac || !fits(message, got)) return undefined;
      const toRelay = isToRelay(transport.udp, got);
      if (!isOnItsWay(step, toRelay) || (toRelay && got.giaddr !== giaddr)) return undefined;
      return dhcpAnswer(frame.number, source, got);
    },
    isSameServer: (recorded: RecordedAnswer, got: RecordedAnswer) => {
      const server = parseIpv4(recorded.server);
      return server !== undefined && roles.of(server, 'server') === got.server;
    },
    learn: (recorded: RecordedAnswer | undefined, got: RecordedAnswer) => {
      if (recorded !== undefined) learnRoles(recorded.message, got.message, roles);
      if (isLease(got.message)) configure(actor.host, got.message);
    },
    compare: (recorded: RecordedAnswer, got: RecordedAnswer) =>
      compareDhcp(recorded.message, got.message, roles),
    describe: ({ kind, message: said }: RecordedAnswer) =>
      kind === 'proxy offer' ? 'OFFER without an address' : typeName(said),
    atEnd: () => {
      for (const { message: said, server } of answers)
        for (const address of [parseIpv4(server), said.siaddr])
          if (address !== undefined) roles.name(address);
    },
  };
  return new QuestionExchange(step, question, actor);
}

const isLease = (message: DhcpMessage): boolean => {
  const type = messageTypeCode(message);
  return (type === MESSAGE_TYPE.ack || type === undefined) && message.yiaddr !== UNSPECIFIED_IPV4;
};

function configure(host: ReplayHost, message: DhcpMessage): void {
  const address = (code: number): Ipv4Address | undefined => {
    const data = optionData(message, code);
    const parsed = data === undefined ? undefined : parseAddress(data);
    return parsed?.ok === true ? parsed.value : undefined;
  };
  host.address = message.yiaddr;
  host.netmask = address(OPTION.netmask) ?? host.netmask;
  host.gateway = address(OPTION.router);
}

const typeName = (message: DhcpMessage): string => {
  const code = messageTypeCode(message);
  return code === undefined ? 'BOOTP' : formatMessageType(code);
};
