import { bootFileOf } from '../story/boot-file.ts';
import type { DhcpEvent, Story } from '../story/event.ts';
import { toHex } from '../wire/bytes.ts';
import { optionData, serverName, wantsBroadcast } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import {
  type DhcpRound,
  dhcpRounds,
  hasAddress,
  saysWhatToBoot,
  serverOf,
  wantsToBoot,
} from './dhcp-round.ts';
import { dhcpEvents, type Finding, framesOf, secondsBetween } from './finding.ts';

const NOWHERE = '0.0.0.0';
const EVERYBODY = '255.255.255.255';

/** What is odd in how servers answer: an ACK that says otherwise than the offer, answers sent past who asked, proxies that are late. */
export function replyFindings(story: Story): readonly Finding[] {
  const rounds = dhcpRounds(story);
  return [
    ...rounds.flatMap(changedByAck),
    ...rounds.flatMap(lateProxies),
    ...notBroadcast(dhcpEvents(story)),
    ...pastTheRelay(dhcpEvents(story)),
    ...rounds.flatMap(silentPort),
  ];
}

/** R24. Clients take what to boot from the one or from the other. */
function changedByAck({ discovers, requests, offers, answers }: DhcpRound): readonly Finding[] {
  const [request] = requests;
  const ack = answers.find(({ messageType }) => messageType === 'ack');
  const offer = offers.find((one) => request !== undefined && serverOf(one) === serverOf(request));
  if (request === undefined || offer === undefined || ack === undefined) return [];
  if (offer.missing > 0 || ack.missing > 0) return [];
  const changed = Object.entries(bootFactsOf(offer)).flatMap(([what, offered]) => {
    const acknowledged = bootFactsOf(ack)[what] ?? '';
    if (offered === acknowledged) return [];
    return [
      `${what} ${offered === '' ? 'in the ACK only' : acknowledged === '' ? 'in the OFFER only' : `${offered}, then ${acknowledged}`}`,
    ];
  });
  if (changed.length === 0) return [];
  // IBM Z's ROM and Open Firmware (SLOF) have option 93 in the REQUEST only.
  const isAnother = whoSays(discovers[0]) !== whoSays(request);
  return [
    {
      id: 'dhcp.ack-differs',
      weight: isAnother ? 'note' : 'warning',
      says: `OFFER and ACK of ${serverOf(ack) ?? ack.source.ip} do not say the same of what to boot: ${changed.join('; ')}`,
      ...(isAnother
        ? {
            because:
              'the client says more of itself in the REQUEST than in the DISCOVER (options 60, 77 and 93)',
          }
        : { because: 'some clients go by the OFFER, and some by the ACK', remedy: 'give the same in both' }),
      frames: framesOf(offer, ack),
    },
  ];
}

function whoSays({ identity: { architectures, vendorClass, isIpxe } }: DhcpEvent): string {
  return `${architectures.join(' ')} ${vendorClass?.text} ${isIpxe}`;
}

/** What a reply says of the boot, each as it is to be told; empty where it does not say it. */
function bootFactsOf({ message }: DhcpEvent): Readonly<Record<string, string>> {
  const vendor = optionData(message, OPTION.vendorSpecific);
  return {
    'boot file': bootFileOf(message) ?? '',
    'next server': message.siaddr === NOWHERE ? '' : message.siaddr,
    'server name': serverName(message),
    'option 43': vendor === undefined ? '' : toHex(vendor),
  };
}

/** R19. */
function lateProxies({ discovers, offers, requests }: DhcpRound): readonly Finding[] {
  const [request] = requests;
  if (request === undefined || !wantsToBoot(discovers[0])) return [];
  const isProxy = (offer: DhcpEvent): boolean => !hasAddress(offer) && saysWhatToBoot(offer);
  // What was cut may say it.
  const inTime = offers.some(
    (offer) => offer.timeNs < request.timeNs && (saysWhatToBoot(offer) || offer.missing > 0),
  );
  const late = offers.find((offer) => isProxy(offer) && offer.timeNs > request.timeNs);
  if (late === undefined) return [];
  return [
    {
      id: 'dhcp.proxy-late',
      weight: inTime ? 'note' : 'failure',
      says: `the proxy ${serverOf(late) ?? late.source.ip} offered what to boot ${secondsBetween(request, late)} after the client had chosen an address`,
      because: 'firmware and iPXE wait a second or two for a proxy, and some do not wait at all',
      remedy: 'let the proxy answer at once, or give the boot file by the DHCP server itself',
      frames: framesOf(request, late),
    },
  ];
}

/** R23, RFC 2131 §4.1. Once for each server. */
function notBroadcast(events: readonly DhcpEvent[]): readonly Finding[] {
  const told = new Set<string>();
  return events.flatMap((reply, index) => {
    if (reply.direction !== 'to-client' || told.has(reply.source.ip)) return [];
    const { xid, giaddr } = reply.message;
    const asked = events
      .slice(0, index)
      .findLast(({ direction, message }) => direction === 'from-client' && message.xid === xid);
    if (asked === undefined || giaddr !== NOWHERE || asked.message.ciaddr !== NOWHERE) return [];
    if (!wantsBroadcast(asked.message) || reply.destination.ip === EVERYBODY) return [];
    told.add(reply.source.ip);
    return [
      {
        id: 'dhcp.reply-not-broadcast',
        weight: 'warning' as const,
        says: `the client asked for a broadcast, and ${reply.source.ip} answered to ${reply.destination.ip}`,
        because:
          'a client that sets the broadcast flag may not hear what is sent to an address that it does not have yet',
        remedy: 'a server, or a relay, that heeds the broadcast flag (RFC 2131 §4.1)',
        frames: framesOf(asked, reply),
      },
    ];
  });
}

/** R22. */
function pastTheRelay(events: readonly DhcpEvent[]): readonly Finding[] {
  const past = events.find(
    ({ direction, message, destination, source }) =>
      direction === 'to-client' &&
      message.giaddr !== NOWHERE &&
      // From the relay itself it is meant for the client.
      source.ip !== message.giaddr &&
      destination.ip === EVERYBODY,
  );
  if (past === undefined) return [];
  const { giaddr } = past.message;
  return [
    {
      id: 'dhcp.reply-past-relay',
      weight: 'warning',
      says: `${past.source.ip} sent a reply for the relay ${giaddr} to everybody on its own network`,
      because:
        'what came through a relay goes back to it (giaddr); the client is on another network and hears nothing',
      remedy: 'a server that answers to giaddr, port 67 (RFC 2131 §4.1)',
      frames: framesOf(past),
    },
  ];
}

/** Spanning tree holds a port down for 30 s, twice its forward delay (IEEE 802.1D), for 15 with the first of two; LACP as long. */
const SHORTEST_HOLD_NS = 12_000_000_000n;
/** What a server needs at most. */
const AT_ONCE_NS = 2_000_000_000n;

/** R47. */
function silentPort({ discovers, offers }: DhcpRound): readonly Finding[] {
  const [first] = discovers;
  const [offer] = offers;
  if (offer === undefined || discovers.length < 3) return [];
  const heard = discovers.findLast(({ timeNs }) => timeNs <= offer.timeNs) ?? first;
  if (heard.timeNs - first.timeNs < SHORTEST_HOLD_NS || offer.timeNs - heard.timeNs > AT_ONCE_NS) return [];
  return [
    {
      id: 'link.silent-at-first',
      weight: 'warning',
      says: `nobody answered for ${secondsBetween(first, heard)}, and then at once`,
      because:
        'a switch port that waits before it passes frames on (spanning tree: 30 s), or a server that had just come up',
      remedy: 'PortFast, or RSTP with edge ports, on the ports of clients',
      frames: framesOf(first, heard, offer),
    },
  ];
}
