import { bootFileOf } from '../story/boot-file.ts';
import type { DhcpEvent, HttpEvent, Story, TftpEvent } from '../story/event.ts';
import { fileName, optionData } from '../wire/dhcp/message.ts';
import { formatClientArchitectures } from '../wire/dhcp/opt-client-architecture.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { machineMismatch, type PeHeader } from '../wire/pe-header.ts';
import { dhcpEvents, type Finding, framesOf, httpEvents, pathOf, tftpEvents } from './finding.ts';
import { isUrl } from './url.ts';

/** Octets of `file` that a name may have, its final zero left out (RFC 2131 §2). */
const FILE_FIELD = 127;

/** Boot files' names that were cut or have something behind them, and files that are for another machine. */
export function bootFileFindings(story: Story): readonly Finding[] {
  return [
    ...cutNames(story),
    ...namesWithMore(story),
    ...urlsByTftp(story),
    ...otherMachines(story),
    ...urlsWithoutHttp(story),
    ...backslashes(story),
    ...raspberryPis(story),
  ];
}

/** Each name once, at the first reply that has it. */
function cutNames(story: Story): readonly Finding[] {
  const told = new Set<string>();
  return dhcpEvents(story).flatMap((event) => {
    const name = event.direction === 'to-client' ? fileName(event.message) : '';
    if (name.length < FILE_FIELD || told.has(name)) return [];
    told.add(name);
    const whole = optionData(event.message, OPTION.bootFileName);
    if (whole !== undefined && whole.length > name.length) return [];
    const asked = [...httpEvents(story), ...tftpEvents(story)].find((fetch) => name.endsWith(nameOf(fetch)));
    return [
      {
        id: 'dhcp.boot-file-cut',
        weight: event.missing > 0 ? ('warning' as const) : ('failure' as const),
        says: `the boot file's name fills all of the field for it and ends with "${name.slice(-24)}"`,
        because: `a name of more than 127 octets does not fit: the server cut it${event.missing > 0 ? ', unless option 67 has it whole, which the capture may have cut' : ''}`,
        remedy: 'a shorter name, or option 67',
        frames: framesOf(event, ...(asked === undefined ? [] : [asked])),
      },
    ];
  });
}

/** What ROMs ask for that read option 67 up to a zero that is not there: R25. */
function namesWithMore(story: Story): readonly Finding[] {
  return tftpEvents(story).flatMap((read) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    const clean = read.file.replace(/[\0-\x1f\x7f\xff]+$/, '');
    if (clean === read.file) return [];
    const more = [...read.file.slice(clean.length)].map((octet) => hex(octet.charCodeAt(0))).join(' ');
    const offer = dhcpEvents(story).findLast(
      (event) =>
        event.direction === 'to-client' && event.timeNs < read.timeNs && bootFileOf(event.message) === clean,
    );
    return [
      {
        id: 'tftp.name-with-more',
        weight: 'failure' as const,
        says: `the client asks for "${clean}" with ${more} behind it`,
        because:
          'it takes option 67 for a text that ends with a zero octet, and what stands behind the option is no zero',
        remedy: 'the name in the field `file` too, or an option 67 with a zero octet at its end',
        frames: framesOf(...(offer === undefined ? [] : [offer]), read),
      },
    ];
  });
}

/** R43: a URL is for firmware that loads by HTTP, which says so (option 60 HTTPClient, architectures from 15 on). */
function urlsByTftp(story: Story): readonly Finding[] {
  return tftpEvents(story)
    .filter(({ file }) => isUrl(file))
    .map((read) => ({
      id: 'boot.url-by-tftp',
      weight: 'failure',
      says: `the client asks for ${read.file} by TFTP`,
      because: 'it loads by TFTP, and was told a URL as its boot file',
      remedy:
        "the file's name on a TFTP server for this client; a URL only for clients that say HTTPClient, and for iPXE",
      frames: framesOf(read),
    }));
}

const hex = (octet: number): string => octet.toString(16).padStart(2, '0');

/** By the names it looks for (boot/bootmeth_script.c). */
const UBOOT_SCRIPT = /\.(scr|uimg)$/;

function otherMachines(story: Story): readonly Finding[] {
  const dhcp = dhcpEvents(story);
  const fetches = story.events.flatMap((event) => {
    const program = programOf(event);
    return program === undefined ? [] : [{ event: event as TftpEvent | HttpEvent, program }];
  });
  return fetches.flatMap(({ event, program }) => {
    const asked = dhcp.findLast(
      ({ direction, timeNs }) => direction === 'from-client' && timeNs < event.timeNs,
    );
    const architecture = asked?.identity.architectures[0];
    if (asked === undefined || architecture === undefined || !isTold(event, dhcp)) return [];
    const mismatch = machineMismatch(architecture, program);
    // What iPXE and U-Boot are told is mostly a script; a BIOS program has no header that says what it is.
    const takesScripts = asked.identity.isIpxe || asked.missing > 0 || UBOOT_SCRIPT.test(nameOf(event));
    if (mismatch === undefined || (takesScripts && program.kind === 'other')) return [];
    return [
      {
        id: 'boot.other-machine',
        weight: 'failure' as const,
        says: `${pathOf(event)} is not for this client, which is ${formatClientArchitectures([architecture])}`,
        because: mismatch,
        remedy: `another boot file for architecture ${architecture} (option 93)`,
        frames: framesOf(asked, event),
      },
    ];
  });
}

function programOf(event: Story['events'][number]): PeHeader | undefined {
  if (event.kind === 'tftp') return event.program;
  return event.kind === 'http' && event.response?.status === 200 ? event.response.program : undefined;
}

function isTold(event: TftpEvent | HttpEvent, dhcp: readonly DhcpEvent[]): boolean {
  const path = nameOf(event);
  return dhcp.some(
    ({ direction, message }) => direction === 'to-client' && bootFileOf(message)?.endsWith(path) === true,
  );
}

function nameOf(event: TftpEvent | HttpEvent): string {
  return event.kind === 'tftp' ? event.file : event.target;
}

/** R4, R5: cut-down builds of iPXE say in option 175 what they can do. */
function urlsWithoutHttp(story: Story): readonly Finding[] {
  const dhcp = dhcpEvents(story);
  const told = dhcp.find(({ stage, direction, message, timeNs }) => {
    if (stage !== 'ipxe' || direction !== 'to-client' || !/^http:/i.test(bootFileOf(message) ?? ''))
      return false;
    const asked = dhcp.findLast((event) => event.direction === 'from-client' && event.timeNs < timeNs);
    const features = asked?.missing === 0 ? (asked.identity.ipxe?.features ?? []) : [];
    return features.length > 0 && !features.includes('http');
  });
  if (told === undefined) return [];
  return [
    {
      id: 'boot.url-without-http',
      weight: 'failure',
      says: `this iPXE was told ${bootFileOf(told.message)}, and is built without HTTP`,
      because: 'option 175 lists what it can do, and http is not in it',
      remedy:
        'send it an iPXE of your own first (undionly.kpxe), and tell the two apart by 175.19, not by the user class',
      frames: framesOf(told),
    },
  ];
}

/** R42. */
function backslashes(story: Story): readonly Finding[] {
  const told = dhcpEvents(story).find(
    ({ direction, message }) => direction === 'to-client' && bootFileOf(message)?.includes('\\') === true,
  );
  if (told === undefined) return [];
  const name = bootFileOf(told.message) ?? '';
  return [
    {
      id: 'boot.backslashes',
      weight: 'warning',
      says: `the boot file's name has backslashes: ${name}`,
      because:
        'shim takes the folder of its next file from it, and finds none: it asks for that file in the root',
      remedy: name.replaceAll('\\', '/'),
      frames: framesOf(told),
    },
  ];
}

/** Of the Raspberry Pi Foundation and Raspberry Pi Trading, as the IEEE has them. */
const RASPBERRY_PI = /^(28:cd:c1|2c:cf:67|88:a2:9e|b8:27:eb|d8:3a:dd|dc:a6:32|e4:5f:01)/;
const X86_BIOS = 0;

/** R32. */
function raspberryPis(story: Story): readonly Finding[] {
  const asked = dhcpEvents(story).find(
    ({ stage, direction, identity }) =>
      stage === 'firmware' &&
      direction === 'from-client' &&
      identity.architectures[0] === X86_BIOS &&
      RASPBERRY_PI.test(identity.mac ?? ''),
  );
  if (asked === undefined) return [];
  return [
    {
      id: 'boot.raspberry-pi',
      weight: 'note',
      says: 'by its hardware address this is a Raspberry Pi, and it says that it is an x86 BIOS (option 93: 0)',
      because:
        "its boot ROM says 0 for want of a number of its own, and takes option 43 with the words 'Raspberry Pi Boot'",
      remedy: 'tell it apart by its hardware address',
      frames: framesOf(asked),
    },
  ];
}
