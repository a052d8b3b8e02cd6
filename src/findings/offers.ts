import { bootFileOf } from '../story/boot-file.ts';
import { isBootServer } from '../story/boot-server.ts';
import type { DhcpEvent, Story } from '../story/event.ts';
import { latin1 } from '../wire/bytes.ts';
import { optionData } from '../wire/dhcp/message.ts';
import { formatClientArchitectures } from '../wire/dhcp/opt-client-architecture.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import {
  type DhcpRound,
  dhcpRounds,
  hasAddress,
  hasOption,
  saysWhatToBoot,
  serverOf,
  wantsToBoot,
} from './dhcp-round.ts';
import {
  type CaptureFacts,
  dhcpEvents,
  type Finding,
  framesOf,
  secondsBetween,
  silence,
  WHOLE_FRAMES,
} from './finding.ts';
import { isUrl } from './url.ts';

/** What came of each client's DISCOVERs: no offer, none taken, one chosen and the others why not, no answer to the REQUEST. */
export function offerFindings(story: Story, capture: CaptureFacts): readonly Finding[] {
  return dhcpRounds(story).flatMap((round) => [
    ...unanswered(round, capture),
    ...notTaken(round, capture),
    ...notChosen(round),
    ...withoutBootFile(round, story),
    ...notAcknowledged(round, capture),
  ]);
}

function unanswered({ discovers, offers }: DhcpRound, capture: CaptureFacts): readonly Finding[] {
  if (offers.length > 0) return [];
  const [first] = discovers;
  const last = discovers.at(-1) ?? first;
  const times =
    discovers.length === 1 ? 'once' : `${discovers.length} times in ${secondsBetween(first, last)}`;
  return [
    {
      id: 'dhcp.no-offer',
      says: `asked ${times}, and nobody offered an address`,
      ...silence(
        last,
        capture,
        'no DHCP server hears this network, it has no address left, or it does not serve this client',
        'DHCP',
      ),
      remedy: "look whether the DISCOVER reaches the server (a relay, a VLAN), and at the server's log",
      frames: framesOf(first, last),
    },
  ];
}

function notTaken({ discovers, offers, requests }: DhcpRound, capture: CaptureFacts): readonly Finding[] {
  const [discover] = discovers;
  const [offer] = offers;
  if (offer === undefined || requests.length > 0) return [];
  const later = discovers.filter(({ timeNs }) => timeNs > offer.timeNs);
  const reason = whyNotTaken(discover, offers);
  const waited = silence(
    offers.at(-1) ?? offer,
    capture,
    reason ?? 'the client wants something else in an offer',
    'DHCP',
  );
  const isSure = later.length > 0 && capture.unread?.has('DHCP') !== true;
  const sure = isSure ? { weight: 'failure' as const, ...because(reason) } : waited;
  return [
    {
      id: 'dhcp.offer-not-taken',
      says: `${offers.length === 1 ? 'an offer was' : `${offers.length} offers were`} made and none was taken${
        later.length > 0
          ? `; the client asked ${later.length === 1 ? 'once' : `${later.length} times`} more`
          : ''
      }`,
      ...sure,
      frames: framesOf(discover, offer, ...later.slice(-1)),
    },
  ];
}

function whyNotTaken(discover: DhcpEvent, offers: readonly DhcpEvent[]): string | undefined {
  const isWhole = offers.every(({ missing }) => missing === 0);
  const [addresses, proxies] = [offers.filter(hasAddress), offers.filter((offer) => !hasAddress(offer))];
  // R17.
  if (isWhole && proxies.some(saysWhatToBoot) && addresses.length > 0 && !addresses.some(saysWhatToBoot))
    return 'the address is in one offer and the boot file in another (a proxy): some firmware does not put them together';
  const reasons = offers.map((offer) => lacks(discover, offer));
  const [first] = reasons;
  return first !== undefined && reasons.every((reason) => reason === first)
    ? first
    : reasons.find((reason) => reason !== undefined);
}

/** What this client misses in an offer; undefined: nothing that we know of. */
function lacks(discover: DhcpEvent, offer: DhcpEvent): string | undefined {
  const { identity } = discover;
  if (!wantsToBoot(discover)) return undefined;
  if (offer.missing > 0)
    return `the capture cut the offer: what it lacks may be in the ${offer.missing} octets behind`;
  // Perhaps it says that it is iPXE in what was cut.
  if (discover.missing > 0 && !identity.isIpxe) return undefined;
  if (identity.vendorClassKind === 'HTTPClient' && !echoes(offer, 'HTTPClient')) {
    return 'it is a UEFI HTTP client, and the offer has no option 60 "HTTPClient" (UEFI 2.10 §24.7.2)';
  }
  if (identity.vendorClassKind === 'HTTPClient' && !isUrl(bootFileOf(offer.message))) {
    return `it is a UEFI HTTP client, and the boot file is no URL: ${bootFileOf(offer.message) ?? 'there is none'}`;
  }
  if (!saysWhatToBoot(offer)) return 'it has no boot file (no file, no option 67, no option 43)';
  if (identity.isIpxe) return undefined;
  if (!echoes(offer, 'PXEClient'))
    return 'it does not echo option 60 "PXEClient": some firmware takes no other offer (PXE 2.1 §2.2.3)';
  return hasOption(offer, OPTION.vendorSpecific)
    ? undefined
    : 'it says "PXEClient" (option 60) and has no option 43, so a ROM looks for a boot server on port 4011';
}

function echoes(offer: DhcpEvent, kind: string): boolean {
  const data = optionData(offer.message, OPTION.vendorClass);
  return data !== undefined && latin1(data).startsWith(kind);
}

function notChosen({ discovers, offers, requests }: DhcpRound): readonly Finding[] {
  const [request] = requests;
  const chosen = request && serverOf(request);
  if (request === undefined || chosen === undefined) return [];
  const others = new Map<string, DhcpEvent>();
  for (const offer of offers) {
    const server = serverOf(offer);
    // A proxy's offer has no address: it is used beside another one.
    if (server === undefined || server === chosen || !hasAddress(offer)) continue;
    if (!others.has(server)) others.set(server, offer);
  }
  return [...others].map(([server, offer]) => ({
    id: 'dhcp.offer-not-chosen',
    weight: 'note',
    says: `the offer of ${server} was not chosen, but that of ${chosen}`,
    because:
      offer.timeNs > request.timeNs
        ? `it came ${secondsBetween(request, offer)} after the client had chosen`
        : (lacks(discovers[0], offer) ?? 'both would have done: the client prefers the other'),
    frames: framesOf(offer, request),
  }));
}

function withoutBootFile(
  { discovers, offers, requests, answers }: DhcpRound,
  story: Story,
): readonly Finding[] {
  const [discover] = discovers;
  const [request] = requests;
  const ack = answers.find(({ messageType }) => messageType === 'ack');
  if (request === undefined || !wantsToBoot(discover)) return [];
  const replies = [...offers, ...answers];
  if (replies.length === 0 || replies.some(saysWhatToBoot)) return [];
  // A boot server may have told it.
  if (dhcpEvents(story).some((event) => isBootServer(event) && bootFileOf(event.message) !== undefined))
    return [];
  if (replies.some(({ missing }) => missing > 0)) {
    return [
      {
        id: 'dhcp.no-boot-file',
        weight: 'note',
        says: 'whether it was told what to boot is not in the capture',
        because: 'it cut the replies, and options 67, 17 and 43 may be in the rest',
        remedy: WHOLE_FRAMES,
        frames: framesOf(ack ?? request),
      },
    ];
  }
  const { architectures } = discover.identity;
  // U-Boot, which asks anew for each way to boot, and asks for what it knows.
  const goesOn = story.events.some(
    ({ kind, timeNs }) => (kind === 'tftp' || kind === 'http') && timeNs > (ack ?? request).timeNs,
  );
  const who = discover.identity.isIpxe ? 'iPXE' : 'the firmware';
  return [
    {
      id: 'dhcp.no-boot-file',
      weight: goesOn ? 'warning' : 'failure',
      says: `${who} got an address and nothing to boot`,
      because:
        architectures.length === 0
          ? 'the server has no boot file for a client that does not say its architecture (no option 93)'
          : `the server has no boot file for ${formatClientArchitectures(architectures)}`,
      frames: framesOf(ack ?? request),
    },
  ];
}

function notAcknowledged({ requests, answers }: DhcpRound, capture: CaptureFacts): readonly Finding[] {
  const [request] = requests;
  if (request === undefined) return [];
  const nak = answers.find(({ messageType }) => messageType === 'nak');
  const isAcknowledged = answers.some(({ messageType }) => messageType === 'ack');
  if (nak !== undefined && !isAcknowledged) {
    const data = optionData(nak.message, OPTION.message);
    return [
      {
        id: 'dhcp.nak',
        weight: 'failure',
        says: `the server refused the address that it had offered${data === undefined ? '' : `: "${latin1(data)}"`}`,
        frames: framesOf(request, nak),
      },
    ];
  }
  if (isAcknowledged) return [];
  return [
    {
      id: 'dhcp.no-ack',
      says: `${requests.length === 1 ? 'a REQUEST' : `${requests.length} REQUESTs`} for an offered address got no answer`,
      ...silence(
        requests.at(-1) ?? request,
        capture,
        'the server took another offer to be chosen (option 54), or its answer was lost',
        'DHCP',
      ),
      frames: framesOf(request, ...requests.slice(-1)),
    },
  ];
}

function because(reason: string | undefined): { readonly because?: string } {
  return reason === undefined ? {} : { because: reason };
}
