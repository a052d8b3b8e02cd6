import { BOOT_SERVER_PORT, isBootServer } from '../story/boot-server.ts';
import type { Story } from '../story/event.ts';
import { optionData } from '../wire/dhcp/message.ts';
import { parsePxeVendorOptions } from '../wire/dhcp/opt-pxe-vendor.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { type CaptureFacts, dhcpEvents, type Finding, framesOf, secondsBetween, silence } from './finding.ts';

/** 43.6, bit 3: take the file that the offer names, and ask no boot server. */
const SKIP_DISCOVERY = 8;

/** Port 4011 was asked, and did not answer: PXE-E55 on a ROM's screen. */
export function bootServerFindings(story: Story, capture: CaptureFacts): readonly Finding[] {
  const events = dhcpEvents(story);
  const asked = events.filter((event) => isBootServer(event) && event.direction === 'from-client');
  const [first] = asked;
  const last = asked.at(-1);
  if (first === undefined || last === undefined) return [];
  const isAnswered = events.some(
    (event) => event.direction === 'to-client' && event.source.port === BOOT_SERVER_PORT,
  );
  if (isAnswered) return [];
  const server = first.destination.ip;
  const closed = story.events.find(
    (event) =>
      event.kind === 'unreachable' && event.about?.port === BOOT_SERVER_PORT && event.timeNs >= first.timeNs,
  );
  const offer = events.findLast(
    (event) =>
      event.direction === 'to-client' &&
      event.timeNs < first.timeNs &&
      optionData(event.message, OPTION.vendorClass) !== undefined,
  );
  const skips = offer !== undefined && (discoveryControl(offer) & SKIP_DISCOVERY) !== 0;
  const isSent = offer !== undefined && offer.missing === 0 && !skips;
  return [
    {
      id: 'pxe.boot-server-silent',
      says: `${server} was asked on port 4011 ${asked.length === 1 ? 'once' : `${asked.length} times in ${secondsBetween(first, last)}`} and did not answer`,
      ...(closed === undefined
        ? silence(
            last,
            capture,
            isSent
              ? 'the server says "PXEClient" (option 60) without 43.6 = 8, which sends firmware to port 4011'
              : 'nothing listens there',
            'DHCP',
          )
        : {
            weight: 'failure' as const,
            because: 'nothing listens there: its system says that the port is closed',
          }),
      remedy: 'serve port 4011, or send option 43 with 6 = 8, or leave out option 60',
      frames: framesOf(...(offer === undefined ? [] : [offer]), first, last),
    },
  ];
}

function discoveryControl({ message }: { readonly message: Parameters<typeof optionData>[0] }): number {
  const data = optionData(message, OPTION.vendorSpecific);
  const parsed = data === undefined ? undefined : parsePxeVendorOptions(data);
  if (!parsed?.ok) return 0;
  const item = parsed.value.items.find(({ kind }) => kind === 'discovery-control');
  return item?.kind === 'discovery-control' ? item.bits : 0;
}
