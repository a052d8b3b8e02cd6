/** How a reply is laid out: RFC 2131 §3 and §4.1, RFC 2132 §2 and §9.3, RFC 1542 §2.1, RFC 951 §3. */
import { latin1, u16At, u32At } from '../../wire/bytes.ts';
import {
  type DhcpMessage,
  OFFSET,
  OPTION_END,
  type OptionArea,
  optionData,
  overloadOf,
} from '../../wire/dhcp/message.ts';
import { readText } from '../../wire/dhcp/opt-text.ts';
import { OPTION, optionName } from '../../wire/dhcp/option-codes.ts';
import { NOT_APPLICABLE, PASS } from '../check.ts';
import type { DhcpReply } from '../observe.ts';
import { holds, type ReplyCheck, SERVER_REPLY, shown } from './reply.ts';

/** RFC 1542 §2.1: a BOOTP message with its whole vendor area of 64 octets. */
const LEAST_OCTETS = 300;
/** RFC 2131 §2: what every host takes, as an IP datagram. */
const LEAST_DATAGRAM = 576;
/** IPv4 without options, and UDP. */
const HEADERS = 20 + 8;

/** RFC 2132: options of a fixed length. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [OPTION.subnetMask, 4],
  [OPTION.interfaceMtu, 2],
  [OPTION.broadcastAddress, 4],
  [OPTION.leaseTime, 4],
  [OPTION.overload, 1],
  [OPTION.renewalTime, 4],
  [OPTION.rebindingTime, 4],
]);
/** RFC 2132: lists of addresses, one at least. */
const ADDRESSES: readonly number[] = [
  OPTION.router,
  OPTION.domainNameServer,
  OPTION.logServer,
  OPTION.ntpServers,
];
/** RFC 2132: NVT ASCII. */
const TEXTS: readonly number[] = [
  OPTION.hostName,
  OPTION.domainName,
  OPTION.rootPath,
  OPTION.message,
  OPTION.tftpServerName,
  OPTION.bootFileName,
];

export const LAYOUT_CHECKS: readonly ReplyCheck[] = [
  {
    id: 'dhcp.reply.magic-cookie',
    rows: ['DHCP-033'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§3',
      level: 'MUST',
      quote:
        "The first four octets of the 'options' field of the DHCP message contain the (decimal) values 99, 130, 83 and 99, respectively",
    },
    // BOOTP before RFC 1497 had none.
    evaluate: (reply) =>
      reply.request?.message.cookie === false
        ? NOT_APPLICABLE
        : holds(reply.message.cookie, reply, 'vend begins with 63825363', () =>
            shown(reply.message.vend.subarray(0, 4)),
          ),
  },
  {
    id: 'dhcp.reply.options-readable',
    rows: ['DHCP-033', 'DHCP-036'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2132',
      section: '§2',
      level: 'MUST',
      quote: 'The length octet is followed by "length" octets of data.',
    },
    evaluate: (reply) => {
      const { cookie, optionsError } = reply.message;
      if (!cookie) return NOT_APPLICABLE;
      return holds(
        optionsError === undefined,
        reply,
        'every option ends within its field',
        () => optionsError?.message ?? '',
      );
    },
  },
  {
    id: 'dhcp.reply.ends-with-end',
    rows: ['DHCP-033'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§4.1',
      level: 'MUST',
      quote: "The last option must always be the 'end' option.",
    },
    evaluate: (reply) => {
      if (!reply.message.cookie || reply.message.optionsError !== undefined) return NOT_APPLICABLE;
      const rest = behindOptions(reply.message, 'options');
      return holds(rest.includes(OPTION_END), reply, '255 behind the last option', () => shown(rest));
    },
  },
  {
    id: 'dhcp.reply.pads-behind-end',
    rows: ['DHCP-033'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2132',
      section: '§3.2',
      level: 'SHOULD',
      quote:
        'The end option marks the end of valid information in the vendor field. Subsequent octets should be filled with pad options.',
    },
    evaluate: (reply) => {
      if (!reply.message.cookie || reply.message.optionsError !== undefined) return NOT_APPLICABLE;
      const rest = behindOptions(reply.message, 'options');
      const end = rest.indexOf(OPTION_END);
      if (end < 0) return NOT_APPLICABLE;
      const padding = rest.subarray(end + 1);
      return holds(padding.every(isZero), reply, 'zeros behind 255', () => shown(padding));
    },
  },
  {
    id: 'dhcp.reply.minimum-size',
    rows: ['DHCP-034'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 1542',
      section: '§2.1',
      level: 'MUST',
      quote:
        'The IP Total Length and UDP Length must be large enough to contain the minimal BOOTP header of 300 octets (in the UDP data field)',
    },
    evaluate: (reply) => {
      const size = sizeOf(reply.message);
      return holds(size >= LEAST_OCTETS, reply, `${LEAST_OCTETS} octets or more`, () => `${size} octets`);
    },
  },
  {
    id: 'dhcp.reply.maximum-size',
    rows: ['DHCP-035'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§2',
      level: 'MUST',
      quote:
        'DHCP clients and servers may negotiate the use of larger DHCP messages through the "maximum DHCP message size" option.',
    },
    evaluate: (reply) => {
      if (reply.request === undefined) return NOT_APPLICABLE;
      const said = optionData(reply.request.message, OPTION.maximumMessageSize);
      const most = Math.max(LEAST_DATAGRAM, said?.length === 2 ? u16At(said, 0) : 0);
      const size = sizeOf(reply.message) + HEADERS;
      return holds(
        size <= most,
        reply,
        `an IP datagram of ${most} octets at the most (option 57: ${said === undefined ? 'absent' : shown(said)})`,
        () => `${size} octets`,
      );
    },
  },
  {
    id: 'dhcp.reply.overload-value',
    rows: ['DHCP-036'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§4.1',
      level: 'MUST',
      quote:
        "If the options in a DHCP message extend into the 'sname' and 'file' fields, the 'option overload' option MUST appear in the 'options' field, with value 1, 2 or 3",
    },
    evaluate: (reply) => {
      const data = optionData(reply.message, OPTION.overload);
      if (data === undefined) return NOT_APPLICABLE;
      const [value = 0] = data;
      return holds(data.length === 1 && value >= 1 && value <= 3, reply, 'option 52 of 1, 2 or 3', () =>
        shown(data),
      );
    },
  },
  {
    id: 'dhcp.reply.overloaded-fields-end',
    rows: ['DHCP-036'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§4.1',
      level: 'MUST',
      quote:
        "The options in the 'sname' and 'file' fields (if in use as indicated by the 'options overload' option) MUST begin with the first octet of the field, MUST be terminated by an 'end' option, and MUST be followed by 'pad' options to fill the remainder of the field.",
    },
    evaluate: (reply) => {
      const areas = overloadedAreas(reply.message);
      if (areas.length === 0 || reply.message.optionsError !== undefined) return NOT_APPLICABLE;
      const wrong = areas.filter((area) => {
        const [end, ...padding] = behindOptions(reply.message, area);
        return end !== OPTION_END || !padding.every(isZero);
      });
      return holds(
        wrong.length === 0,
        reply,
        '255 and then zeros in each overloaded field',
        () => `not in ${wrong.join(' and ')}`,
      );
    },
  },
  {
    id: 'dhcp.reply.names-terminated',
    rows: ['PXE-010'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§2 Table 1',
      level: 'MUST',
      quote: 'Optional server host name, null terminated string.',
    },
    evaluate: (reply) => {
      const { message } = reply;
      const overloaded = overloadedAreas(message);
      const names = (['sname', 'file'] as const).filter(
        (field) => !overloaded.includes(field) && message[field][0] !== 0,
      );
      if (names.length === 0) return NOT_APPLICABLE;
      const open = names.filter((field) => !message[field].includes(0));
      return holds(
        open.length === 0,
        reply,
        'a NUL within the field',
        () => `none in ${open.join(' and ')}: "${open.map((field) => latin1(message[field])).join('", "')}"`,
      );
    },
  },
  {
    id: 'dhcp.reply.option-lengths',
    rows: ['DHCP-002', 'DHCP-029', 'DHCP-030'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2132',
      section: '§3.3, §3.5, §3.8, §9.2, §9.11, §9.12',
      level: 'MUST',
      quote:
        'The minimum length for the router option is 4 octets, and the length MUST always be a multiple of 4.',
    },
    evaluate: (reply) => {
      const known = reply.message.options.filter(({ code }) => LENGTHS.has(code) || ADDRESSES.includes(code));
      if (known.length === 0) return NOT_APPLICABLE;
      const wrong = known.filter(({ code, data }) =>
        ADDRESSES.includes(code)
          ? data.length === 0 || data.length % 4 !== 0
          : data.length !== LENGTHS.get(code),
      );
      return holds(wrong.length === 0, reply, 'options of the lengths that RFC 2132 gives them', () =>
        wrong.map(({ code, data }) => `${code} (${optionName(code)}) has ${data.length}`).join(', '),
      );
    },
  },
  {
    id: 'dhcp.reply.no-trailing-nul',
    rows: ['DHCP-041'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2132',
      section: '§2',
      level: 'SHOULD',
      quote: 'Options containing NVT ASCII data SHOULD NOT include a trailing NULL',
    },
    evaluate: (reply) => {
      const texts = TEXTS.filter((code) => optionData(reply.message, code) !== undefined);
      if (texts.length === 0) return NOT_APPLICABLE;
      const ended = texts.filter(
        (code) => readText(optionData(reply.message, code) ?? new Uint8Array()).trailingNuls > 0,
      );
      return holds(
        ended.length === 0,
        reply,
        'texts without a NUL at the end',
        () => `one in ${ended.map((code) => `${code} (${optionName(code)})`).join(', ')}`,
      );
    },
  },
  {
    id: 'dhcp.lease.times-in-order',
    rows: ['DHCP-030'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 2131',
      section: '§4.4.5',
      level: 'MUST',
      quote:
        "T1 MUST be earlier than T2, which, in turn, MUST be earlier than the time at which the client's lease will expire.",
    },
    evaluate: (reply) => {
      const [t1, t2, lease] = [OPTION.renewalTime, OPTION.rebindingTime, OPTION.leaseTime].map((code) =>
        secondsOf(reply, code),
      );
      if (t1 === undefined && t2 === undefined) return NOT_APPLICABLE;
      const given = [t1, t2, lease].filter((seconds) => seconds !== undefined);
      const isRising = given.every((seconds, at) => at === 0 || seconds > (given[at - 1] ?? 0));
      return isRising
        ? PASS
        : holds(false, reply, 'T1 < T2 < lease', () => `T1 ${t1}, T2 ${t2}, lease ${lease}`);
    },
  },
];

function isZero(octet: number): boolean {
  return octet === 0;
}

function sizeOf({ vend }: DhcpMessage): number {
  return OFFSET.vend + vend.length;
}

function overloadedAreas(message: DhcpMessage): readonly Exclude<OptionArea, 'options'>[] {
  const overload = overloadOf(message);
  return (['file', 'sname'] as const).filter((area) => (overload & (area === 'file' ? 1 : 2)) !== 0);
}

/** What stands behind the last option of a field. */
function behindOptions(message: DhcpMessage, area: OptionArea): Uint8Array {
  const [field, start] = area === 'options' ? [message.vend, OFFSET.vend] : [message[area], OFFSET[area]];
  const last = message.options.findLast((option) => option.area === area);
  const first = area === 'options' ? 4 : 0;
  const from = last === undefined ? first : last.offset + 2 + last.data.length - start;
  const rest = field.subarray(from);
  // Pads between the options and END say nothing.
  const end = rest.findIndex((octet) => octet !== 0);
  return end < 0 ? rest : rest.subarray(end);
}

function secondsOf({ message }: DhcpReply, code: number): number | undefined {
  const data = optionData(message, code);
  return data?.length === 4 ? u32At(data, 0) : undefined;
}
