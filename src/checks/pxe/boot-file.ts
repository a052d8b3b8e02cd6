/** What a reply tells a client to boot, and whether that client can: file, options 66, 67, 175 and 209 to 211. */
import { bootFileOf } from '../../story/boot-file.ts';
import { type DhcpMessage, fileName, optionData, serverName } from '../../wire/dhcp/message.ts';
import { parseIpxeOptions } from '../../wire/dhcp/opt-ipxe.ts';
import { readText } from '../../wire/dhcp/opt-text.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { type Clause, NOT_APPLICABLE } from '../check.ts';
import { holds, type ReplyCheck, SERVER_REPLY, shown } from '../dhcp/reply.ts';
import type { DhcpReply } from '../observe.ts';

/** RFC 5071 §6.2: seconds, an unsigned number of 32 bits. */
const REBOOT_TIME_OCTETS = 4;
const HTTP_URL = /^https?:\/\/[^/]+/i;
const IP_LITERAL = /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])$/i;

function practice(document: string, says: string): Clause {
  return { document, section: '', level: 'PRACTICE', says };
}

export const BOOT_FILE_CHECKS: readonly ReplyCheck[] = [
  {
    id: 'pxe.boot-file.one-name',
    rows: ['PXE-011', 'PXE-012'],
    ...SERVER_REPLY,
    clause: practice(
      'iPXE dhcppkt.c, PXE 2.1 §2.4.10, EDK2 PxeBcDhcp4.c',
      'file and option 67 name the same file: iPXE reads the one first, firmware the other',
    ),
    evaluate: (reply) => {
      const [field, option] = [fileName(reply.message), textOf(reply.message, OPTION.bootFileName)];
      if (field === '' || option === undefined || option === '') return NOT_APPLICABLE;
      return holds(
        field === option,
        reply,
        'the same name in file and in option 67',
        () => `file ${JSON.stringify(field)}, option 67 ${JSON.stringify(option)}`,
      );
    },
  },
  {
    id: 'pxe.boot-file.one-server-name',
    rows: ['PXE-012'],
    ...SERVER_REPLY,
    clause: practice('iPXE dhcppkt.c, PXE 2.1 §2.4.10', 'sname and option 66 name the same server'),
    evaluate: (reply) => {
      const [field, option] = [serverName(reply.message), textOf(reply.message, OPTION.tftpServerName)];
      if (field === '' || option === undefined || option === '') return NOT_APPLICABLE;
      return holds(
        field === option,
        reply,
        'the same name in sname and in option 66',
        () => `sname ${JSON.stringify(field)}, option 66 ${JSON.stringify(option)}`,
      );
    },
  },
  {
    id: 'pxe.boot-file.in-offer-and-ack',
    rows: ['PXE-013', 'PXE-009'],
    ...SERVER_REPLY,
    clause: practice(
      'EDK2 PxeBcDhcp4.c, iPXE dhcp.c',
      'the boot file is in the OFFER, by which clients choose, and in the ACK, from which they boot',
    ),
    evaluate: (reply) => {
      const offered = reply.offer && bootFileOf(reply.offer.message);
      if (reply.type !== 'ack' || offered === undefined) return NOT_APPLICABLE;
      const got = bootFileOf(reply.message);
      return holds(got !== undefined, reply, `boot file ${offered}, as in the OFFER`, () => 'none');
    },
  },
  {
    id: 'pxe.boot-file.no-url-for-tftp-firmware',
    rows: ['PXE-025'],
    ...SERVER_REPLY,
    clause: practice('PXE 2.1 §2.4.6', 'firmware that boots by TFTP is told a path, no URL'),
    evaluate: (reply) => {
      const identity = reply.request?.event.identity;
      const name = bootFileOf(reply.message);
      if (identity?.vendorClassKind !== 'PXEClient' || identity.isIpxe || name === undefined)
        return NOT_APPLICABLE;
      return holds(!/^[a-z]+:\/\//i.test(name), reply, 'a path', () => name);
    },
  },
  {
    id: 'http-boot.offer.vendor-class',
    rows: ['PXE-024'],
    ...SERVER_REPLY,
    clause: {
      document: 'UEFI 2.10',
      section: '§24.7',
      level: 'MUST',
      says: 'an offer for an HTTP client has option 60 "HTTPClient"',
    },
    evaluate: (reply) => {
      if (!isForHttpClient(reply)) return NOT_APPLICABLE;
      const said = textOf(reply.message, OPTION.vendorClass);
      return holds(
        said?.startsWith('HTTPClient') ?? false,
        reply,
        'option 60 that begins with "HTTPClient"',
        () => JSON.stringify(said ?? 'none'),
      );
    },
  },
  {
    id: 'http-boot.offer.url',
    rows: ['PXE-024', 'PXE-025'],
    ...SERVER_REPLY,
    clause: {
      document: 'UEFI 2.10',
      section: '§24.7',
      level: 'MUST',
      says: 'the boot file of an HTTP client is an http or https URL',
    },
    evaluate: (reply) => {
      const name = bootFileOf(reply.message);
      if (!isForHttpClient(reply) || name === undefined) return NOT_APPLICABLE;
      return holds(HTTP_URL.test(name), reply, 'a URL', () => name);
    },
  },
  {
    id: 'http-boot.offer.name-server',
    rows: ['PXE-024'],
    ...SERVER_REPLY,
    clause: practice('EDK2 HttpBootDhcp4.c', 'a URL with a name in it needs a name server, option 6'),
    evaluate: (reply) => {
      const url = bootFileOf(reply.message) ?? '';
      if (!isForHttpClient(reply) || !HTTP_URL.test(url)) return NOT_APPLICABLE;
      const host = new URL(url).hostname;
      if (IP_LITERAL.test(host)) return NOT_APPLICABLE;
      const data = optionData(reply.message, OPTION.domainNameServer);
      return holds(data !== undefined, reply, `option 6, to look up ${host}`, () => 'none');
    },
  },
  {
    id: 'ipxe.options.only-to-ipxe',
    rows: ['PXE-020'],
    ...SERVER_REPLY,
    clause: practice('ipxe.org/howto/dhcpd', 'option 175 is for iPXE only'),
    evaluate: (reply) => {
      if (optionData(reply.message, OPTION.ipxe) === undefined || reply.request === undefined)
        return NOT_APPLICABLE;
      return holds(reply.request.event.identity.isIpxe, reply, 'no option 175', () => 'option 175');
    },
  },
  {
    id: 'ipxe.options.readable',
    rows: ['PXE-020'],
    ...SERVER_REPLY,
    clause: practice('iPXE dhcp.h', 'option 175 is a list of sub-options that end within it'),
    evaluate: (reply) => {
      const data = optionData(reply.message, OPTION.ipxe);
      if (data === undefined) return NOT_APPLICABLE;
      const parsed = parseIpxeOptions(data);
      return holds(parsed.ok, reply, 'sub-options within option 175', () =>
        parsed.ok ? '' : parsed.error.message,
      );
    },
  },
  {
    id: 'pxelinux.options.form',
    rows: ['PXE-026'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 5071',
      section: '§4.2, §5.2, §6.2',
      level: 'MUST',
      says: 'options 209 and 210 are texts of one octet at least, 211 is a number of four octets',
    },
    evaluate: (reply) => {
      const { message } = reply;
      const [file, prefix, time] = [
        OPTION.pxelinuxConfigFile,
        OPTION.pxelinuxPathPrefix,
        OPTION.pxelinuxRebootTime,
      ].map((code) => optionData(message, code));
      if (file === undefined && prefix === undefined && time === undefined) return NOT_APPLICABLE;
      const areTexts = [file, prefix].every(
        (data) => data === undefined || (data.length > 0 && !data.includes(0)),
      );
      return holds(
        areTexts && (time === undefined || time.length === REBOOT_TIME_OCTETS),
        reply,
        '209 and 210 not empty and without NUL, 211 of four octets',
        () => `209 ${shown(file)}, 210 ${shown(prefix)}, 211 ${shown(time)}`,
      );
    },
  },
];

function isForHttpClient({ request, type }: DhcpReply): boolean {
  return type !== 'nak' && request?.event.identity.vendorClassKind === 'HTTPClient';
}

/** Without the NULs at its end. */
function textOf(message: DhcpMessage, code: number): string | undefined {
  const data = optionData(message, code);
  return data === undefined ? undefined : readText(data).text;
}
