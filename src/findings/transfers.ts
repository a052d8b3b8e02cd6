import type { HttpEvent, Story, TftpEvent } from '../story/event.ts';
import { lookupSequences } from '../story/pxelinux.ts';
import {
  type CaptureFacts,
  dhcpEvents,
  type Finding,
  framesOf,
  httpEvents,
  pathOf,
  silence,
  tftpEvents,
} from './finding.ts';

const BLOCK_NUMBERS = 0x10000;
const DEFAULT_BLKSIZE = 512;

/** TFTP: what was refused, stopped or never answered, and what is odd in transfers that went well. */
export function tftpFindings(story: Story, capture: CaptureFacts): readonly Finding[] {
  const filtered = requestsOnly(story);
  if (filtered !== undefined) return [filtered];
  const lookups = lookupEvents(story);
  return tftpEvents(story).flatMap((event) => [
    ...(lookups.has(event) ? [] : tftpOutcome(event, story, capture)),
    ...unaskedOptions(event),
    ...rollover(event),
  ]);
}

/**
 * `tcpdump port 69` keeps requests and loses all else, since transfers go on between other ports (RFC 1350 §4). A client that asks for
 * one file after the other has had its answers.
 */
function requestsOnly(story: Story): Finding | undefined {
  const reads = tftpEvents(story);
  const [first, ...more] = reads;
  const last = more.at(-1);
  if (first === undefined || last === undefined || reads.some(({ outcome }) => outcome !== 'unanswered'))
    return undefined;
  if (new Set(reads.map(({ file }) => file)).size < FILES_IN_A_ROW) return undefined;
  return {
    id: 'capture.requests-only',
    weight: 'warning',
    says: `the capture has ${reads.length} TFTP requests and nothing that follows them`,
    because:
      'it was filtered by port 69, and transfers go on between other ports: what came of them is not to be seen',
    remedy: "capture with the filter 'udp or tcp port 80'",
    frames: framesOf(first, last),
  };
}

/** A client that gets no answer asks for one file again and again, or for two by turns. */
const FILES_IN_A_ROW = 3;

function tftpOutcome(event: TftpEvent, story: Story, capture: CaptureFacts): readonly Finding[] {
  const { outcome, error, octets } = event;
  const file = pathOf(event);
  const frames = framesOf(event);
  switch (outcome) {
    case 'complete':
    case 'in-progress':
      return [];
    case 'size-probe':
      return [
        {
          id: 'tftp.size-probe',
          weight: 'note',
          says: `${file}: asked for its size and ended the transfer by ERROR ${error?.code ?? 0}: a size probe, no failure`,
          frames,
        },
      ];
    case 'refused': {
      // Newer iPXE asks for it at every start, and goes on without it (R10).
      const isOptional = file.endsWith('autoexec.ipxe');
      const goesOn = story.events.some(
        ({ kind, timeNs }) => (kind === 'tftp' || kind === 'http') && timeNs > event.endNs,
      );
      return [
        {
          id: 'tftp.refused',
          weight: isOptional ? 'note' : goesOn ? 'warning' : 'failure',
          says: `the server refused ${file}: ERROR ${error?.code ?? 0} "${error?.message ?? ''}"`,
          ...(isOptional ? { because: 'iPXE asks for this script at its start and goes on without it' } : {}),
          frames,
        },
      ];
    }
    case 'unanswered':
      return [
        {
          id: 'tftp.unanswered',
          says: `nobody answered the request for ${file}`,
          ...(isClosed(event, story)
            ? { weight: 'failure', because: 'the port is closed: its system says so' }
            : silence(
                event,
                capture,
                'there is no TFTP server, a firewall keeps it away, or its answer, which comes from another port, was lost',
              )),
          frames,
        },
      ];
    case 'stalled':
      return [
        {
          id: 'tftp.stalled',
          says: `${file}: stopped after ${octets.toLocaleString('en')} octets`,
          ...silence(event, capture, whyStalled(event)),
          frames,
        },
      ];
    case 'aborted':
      return [
        {
          id: 'tftp.aborted',
          weight: 'failure',
          says: `${file}: the client ended it after ${octets.toLocaleString('en')} octets: ERROR ${error?.code ?? 0} "${error?.message ?? ''}"`,
          frames,
        },
      ];
    default:
      return outcome satisfies never;
  }
}

function whyStalled({ acknowledged, octets }: TftpEvent): string {
  const blksize = optionValue(acknowledged, 'blksize');
  if (acknowledged !== undefined && octets === 0) {
    return 'no DATA followed the OACK: the client took the OACK amiss, or its ACK 0 was lost';
  }
  return blksize !== undefined && Number(blksize) > 1468
    ? `blocks of ${blksize} octets do not fit into one Ethernet frame: fragments are lost where the path or the firmware takes none`
    : 'a block or its ACK was lost, and nobody sent it again';
}

function unaskedOptions(event: TftpEvent): readonly Finding[] {
  const asked = new Set(event.requested.map(({ name }) => name.toLowerCase()));
  const unasked = (event.acknowledged ?? []).filter(({ name }) => !asked.has(name.toLowerCase()));
  if (unasked.length === 0) return [];
  return [
    {
      id: 'tftp.unasked-option',
      weight: 'warning',
      says: `${event.file}: the OACK has ${unasked.map(({ name, value }) => `${name}=${value}`).join(', ')}, which was not asked for`,
      because: 'RFC 2347 forbids it, and some firmware ends the transfer',
      frames: framesOf(event),
    },
  ];
}

function rollover(event: TftpEvent): readonly Finding[] {
  const blksize = Number(optionValue(event.acknowledged, 'blksize') ?? DEFAULT_BLKSIZE);
  if (Math.floor(event.octets / blksize) + 1 < BLOCK_NUMBERS) return [];
  return [
    {
      id: 'tftp.rollover',
      weight: 'note',
      says: `${event.file}: more than 65,535 blocks of ${blksize} octets: the block number began anew`,
      because: 'no RFC says that it begins with 0: some programs go on with 1',
      frames: framesOf(event),
    },
  ];
}

function optionValue(options: TftpEvent['acknowledged'], wanted: string): string | undefined {
  return options?.find(({ name }) => name.toLowerCase() === wanted)?.value;
}

function isClosed({ server, timeNs }: TftpEvent, { events }: Story): boolean {
  return events.some(
    (event) => event.kind === 'unreachable' && event.about?.port === server.port && event.timeNs >= timeNs,
  );
}

/** HTTP: refusals, redirections, answers without a length, and none at all. */
export function httpFindings(story: Story, capture: CaptureFacts): readonly Finding[] {
  const lookups = lookupEvents(story);
  return httpEvents(story).flatMap((event) => (lookups.has(event) ? [] : httpOutcome(event, story, capture)));
}

function httpOutcome(event: HttpEvent, story: Story, capture: CaptureFacts): readonly Finding[] {
  const { method, response } = event;
  const path = pathOf(event);
  const frames = framesOf(event);
  if (response === undefined) {
    const why = silence(event, capture, 'the server is busy or has gone away');
    return [{ id: 'http.unanswered', says: `${method} ${path}: no answer`, ...why, frames }];
  }
  const { status, reason } = response;
  const isFirmware =
    event.stage === 'firmware' &&
    dhcpEvents(story).some(({ identity }) => identity.vendorClassKind === 'HTTPClient');
  if (status >= 400) {
    const goesOn = story.events.some(({ kind, timeNs }) => kind === 'http' && timeNs > event.endNs);
    return [
      {
        id: 'http.refused',
        weight: goesOn ? 'warning' : 'failure',
        says: `${method} ${path}: ${status} ${reason}`,
        frames,
      },
    ];
  }
  if (status >= 300 && status !== 304) {
    const to = headerOf(event, 'location') ?? 'nowhere';
    return [
      {
        id: 'http.redirect',
        weight: isFirmware ? 'failure' : 'note',
        says: `${method} ${path}: ${status}, to ${to}`,
        ...(isFirmware
          ? { because: 'UEFI HTTP boot follows no redirection', remedy: `boot from ${to}` }
          : {}),
        frames,
      },
    ];
  }
  const found: Finding[] = [];
  const isChunked = headerOf(event, 'transfer-encoding') !== undefined;
  if (status === 200 && headerOf(event, 'content-length') === undefined && !isChunked) {
    found.push({
      id: 'http.no-length',
      weight: isFirmware ? 'failure' : 'note',
      says: `${method} ${path}: the answer does not say how long it is`,
      because: 'without Content-Length a broken connection looks like the end, and UEFI HTTP boot gives up',
      frames,
    });
  }
  if (!response.complete && method !== 'HEAD') {
    found.push({
      id: 'http.broken-off',
      weight: 'failure',
      says: `${method} ${path}: broken off after ${response.octets.toLocaleString('en')} octets`,
      frames,
    });
  }
  return found;
}

function headerOf({ response }: HttpEvent, wanted: string): string | undefined {
  return response?.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** pxelinux's search for its configuration: which names, and which one hit. */
export function lookupFindings(story: Story): readonly Finding[] {
  if (requestsOnly(story) !== undefined) return [];
  return lookupSequences(story).map(({ lookups, closed }) => {
    const found = lookups.find((lookup) => lookup.found);
    const [first] = lookups;
    const frames = framesOf(first.event, (found ?? lookups.at(-1) ?? first).event);
    if (found === undefined) {
      return {
        id: 'pxelinux.no-configuration',
        weight: closed ? 'failure' : 'warning',
        says: `pxelinux asked for ${lookups.length} names of a configuration, from ${first.name} to ${lookups.at(-1)?.name}, and found none`,
        remedy: 'a file pxelinux.cfg/default beside pxelinux.0',
        frames,
      };
    }
    const misses = lookups.length - 1;
    return {
      id: 'pxelinux.configuration',
      weight: 'note',
      says: `pxelinux found its configuration as ${found.name}${misses === 0 ? ', the first name it asked for' : `, after ${misses} names that are not there`}`,
      frames,
    };
  });
}

/** Requests whose misses are how pxelinux looks for its configuration. */
function lookupEvents(story: Story): ReadonlySet<TftpEvent | HttpEvent> {
  return new Set(lookupSequences(story).flatMap(({ lookups }) => lookups.map(({ event }) => event)));
}
