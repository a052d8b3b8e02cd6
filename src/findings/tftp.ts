import type { Story, TftpEvent } from '../story/event.ts';
import { type CaptureFacts, type Finding, framesOf, pathOf, silence, tftpEvents } from './finding.ts';
import { lookupEvents } from './lookups.ts';
import { requestsOnly } from './requests-only.ts';
import { isUrl } from './url.ts';

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

function tftpOutcome(event: TftpEvent, story: Story, capture: CaptureFacts): readonly Finding[] {
  const { outcome, error, octets } = event;
  const file = pathOf(event);
  const frames = framesOf(event);
  // That it is a URL is told already (boot.url-by-tftp): nobody has a file of that name.
  if (isUrl(file) && (outcome === 'refused' || outcome === 'unanswered')) return [];
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
      const without = OPTIONAL.find(({ name }) => name.test(file));
      const goesOn = story.events.some(
        ({ kind, timeNs }) => (kind === 'tftp' || kind === 'http') && timeNs > event.endNs,
      );
      return [
        {
          id: 'tftp.refused',
          // A name that the capture cut may be one that is not meant to be there.
          weight: without !== undefined || isNameCut(event) ? 'note' : goesOn ? 'warning' : 'failure',
          says: `the server refused ${file}: ERROR ${error?.code ?? 0} "${error?.message ?? ''}"`,
          ...(without === undefined ? {} : { because: without.because }),
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
          ...(event.missing > 0
            ? ({
                weight: 'warning',
                because: 'or it was complete: the capture cut what blksize they agreed on',
              } as const)
            : silence(event, capture, whyStalled(event))),
          frames,
        },
      ];
    case 'aborted':
      // Perhaps it had asked for the size, where the capture cut its request.
      if (event.missing > 0 && octets === 0) return [];
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

/** What is asked for and done without. */
const OPTIONAL: readonly { readonly name: RegExp; readonly because: string }[] = [
  // Newer iPXE, at every start: R10.
  { name: /autoexec\.ipxe$/, because: 'iPXE asks for this script at its start and goes on without it' },
  // boot/bootmeth_efi.c: distro_efi_read_bootflow_net.
  { name: /(^|\/)dtb\/[^/]*$/, because: 'U-Boot asks for a device tree and goes on with its own' },
];

function isNameCut({ file, missing }: TftpEvent): boolean {
  return missing > 0 && file.endsWith('…');
}

function whyStalled({ acknowledged, octets }: TftpEvent): string {
  const blksize = optionValue(acknowledged, 'blksize');
  if (acknowledged !== undefined && octets === 0) {
    return 'no DATA followed the OACK: the client took the OACK amiss, or its ACK 0 was lost';
  }
  // R39.
  if (Math.floor(octets / Number(blksize ?? DEFAULT_BLKSIZE)) === BLOCK_NUMBERS - 1)
    return 'it stopped where the block number comes to its end, 65,535: one side goes on with 0, and the other wants 1 or nothing more';
  return blksize !== undefined && Number(blksize) > 1468
    ? `blocks of ${blksize} octets do not fit into one Ethernet frame: fragments are lost where the path or the firmware takes none`
    : 'a block or its ACK was lost, and nobody sent it again';
}

function unaskedOptions(event: TftpEvent): readonly Finding[] {
  // What was asked for may stand where the capture cut the request.
  if (event.missing > 0) return [];
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
