import { bootFileOf } from '../story/boot-file.ts';
import { isBootServer } from '../story/boot-server.ts';
import {
  type DhcpEvent,
  type Dhcpv6Event,
  type HttpEvent,
  STAGE_NAME,
  type StoryEvent,
  type TftpEvent,
} from '../story/event.ts';
import { optionData } from '../wire/dhcp/message.ts';
import { addressIn } from '../wire/dhcp/opt-addresses.ts';
import { formatClientArchitectures } from '../wire/dhcp/opt-client-architecture.ts';
import { readText } from '../wire/dhcp/opt-text.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { iscsiText } from './iscsi-text.ts';
import { octets } from './octets.ts';

/** One rung: when, who to whom, in which protocol, and the few fields that matter. */
export type LadderLine = {
  /** Seconds since the story's beginning. */
  readonly seconds: number;
  readonly arrow: '→' | '←' | '↔' | '│';
  /** The other side: a host's name where one is known, else its address. Empty for what the machine itself does. */
  readonly peer: string;
  readonly protocol: string;
  readonly text: string;
  /** First and last frame that prove it; none for the machine's own events. */
  readonly frames: readonly number[];
};

/** Names for addresses: `10.188.0.10` is `pxe` in a lab. */
export type HostNames = ReadonlyMap<string, string>;

/** Tells one event in one line. `beginNs` is what the seconds count from. */
export function ladderLine(event: StoryEvent, beginNs: bigint, names: HostNames = new Map()): LadderLine {
  const name = (ip: string): string => names.get(ip) ?? ip;
  const base = { seconds: Number(event.timeNs - beginNs) / 1e9, frames: firstAndLast(event.frames) };
  switch (event.kind) {
    case 'dhcp': {
      const protocol = isBootServer(event) ? 'PXE 4011' : 'DHCP';
      return { ...base, ...sides(event, name), protocol, text: dhcpText(event) };
    }
    case 'dhcpv6':
      return { ...base, ...sides(event, name), protocol: 'DHCPv6', text: dhcpv6Text(event) };
    case 'tftp':
      return { ...base, arrow: '↔', peer: name(event.server.ip), protocol: 'TFTP', text: tftpText(event) };
    case 'http':
      return { ...base, arrow: '↔', peer: name(event.server.ip), protocol: 'HTTP', text: httpText(event) };
    case 'iscsi':
      return { ...base, arrow: '↔', peer: name(event.server.ip), protocol: 'iSCSI', text: iscsiText(event) };
    case 'dns': {
      const answer =
        event.answer === undefined
          ? 'no answer'
          : event.answer.records.length > 0
            ? event.answer.records.join(', ')
            : event.answer.rcode === 'NOERROR'
              ? 'nothing of that type'
              : event.answer.rcode;
      return {
        ...base,
        arrow: '↔',
        peer: name(event.server.ip),
        protocol: 'DNS',
        text: `${event.type} ${event.name}: ${answer}`,
      };
    }
    case 'tcp':
      return {
        ...base,
        arrow: '↔',
        peer: name(event.server.ip),
        protocol: 'TCP',
        text: `port ${event.server.port} ${event.outcome}, ${octets(event.sent)} sent, ${octets(event.received)} received`,
      };
    case 'router':
      return {
        ...base,
        arrow: event.what === 'solicitation' ? '→' : '←',
        peer: event.what === 'solicitation' ? 'everybody' : 'router',
        protocol: 'ICMPv6',
        text:
          event.what === 'solicitation'
            ? 'router solicitation'
            : `router advertisement, lifetime ${event.lifetime ?? 0} s, ${event.prefixes === 0 ? 'no prefix' : `${event.prefixes} ${event.prefixes === 1 ? 'prefix' : 'prefixes'}`}`,
      };
    case 'unreachable':
      return {
        ...base,
        arrow: '←',
        peer: name(event.from),
        protocol: 'ICMP',
        text: `unreachable (code ${event.code})${event.about === undefined ? '' : `: ${name(event.about.ip)} port ${event.about.port}`}`,
      };
    case 'unreadable':
      return {
        ...base,
        arrow: '│',
        peer: '',
        protocol: event.protocol,
        text: `cannot be read: ${event.error.message}`,
      };
    case 'console':
      return { ...base, arrow: '│', peer: '', protocol: 'console', text: event.text };
    case 'machine':
      return { ...base, arrow: '│', peer: '', protocol: 'machine', text: event.what };
    default:
      return event satisfies never;
  }
}

/** All hosts of a network; All_DHCP_Relay_Agents_and_Servers, RFC 8415 §7.1. */
const EVERYBODY: ReadonlySet<string> = new Set(['255.255.255.255', 'ff02::1:2']);

function sides(
  { direction, source, destination }: DhcpEvent | Dhcpv6Event,
  name: (ip: string) => string,
): Pick<LadderLine, 'arrow' | 'peer'> {
  const fromClient = direction === 'from-client';
  const peer = fromClient ? destination.ip : source.ip;
  return { arrow: fromClient ? '→' : '←', peer: EVERYBODY.has(peer) ? 'everybody' : name(peer) };
}

function dhcpText(event: DhcpEvent): string {
  const { message, identity } = event;
  const parts = [event.messageType];
  if (event.direction === 'from-client') {
    parts.push(`as ${STAGE_NAME[event.stage]}`);
    if (identity.userClass !== undefined) parts.push(`user class ${identity.userClass.classes.join(', ')}`);
    if (identity.architectures.length > 0) parts.push(formatClientArchitectures(identity.architectures));
    const wanted = addressIn(event.message, 50);
    if (wanted !== undefined) parts.push(`wants ${wanted}`);
    else if (message.ciaddr !== '0.0.0.0') parts.push(`from ${message.ciaddr}`);
  } else {
    parts.push(`for ${STAGE_NAME[event.stage]}`);
    if (message.yiaddr !== '0.0.0.0') parts.push(message.yiaddr);
    const file = bootFileOf(message);
    if (file !== undefined) parts.push(`file ${file}`);
    else if (event.missing === 0) parts.push('no boot file');
    if (message.siaddr !== '0.0.0.0') parts.push(`next-server ${message.siaddr}`);
    const rootPath = optionData(message, OPTION.rootPath);
    if (rootPath !== undefined) parts.push(`root path ${readText(rootPath).text}`);
  }
  if (event.missing > 0) parts.push(`${event.missing} octets of it not captured`);
  return parts.join(', ');
}

function dhcpv6Text(event: Dhcpv6Event): string {
  const { direction, stage, userClasses, vendorClasses, architectures, addresses, bootFileUrl, failures } =
    event;
  const fromClient = direction === 'from-client';
  const parts = [event.messageType];
  // Others say nothing of themselves.
  if (fromClient && [...userClasses, ...vendorClasses, ...architectures].length > 0)
    parts.push(`as ${STAGE_NAME[stage]}`);
  if (userClasses.length > 0) parts.push(`user class ${userClasses.join(', ')}`);
  if (architectures.length > 0) parts.push(formatClientArchitectures(architectures));
  if (addresses.length > 0) parts.push(`${fromClient ? 'wants ' : ''}${addresses.join(', ')}`);
  parts.push(...failures);
  if (bootFileUrl !== undefined) parts.push(`file ${bootFileUrl}`);
  if (event.relayed) parts.push('through a relay');
  if (event.missing > 0) parts.push(`${event.missing} octets of it not captured`);
  return parts.join(', ');
}

const TFTP_OUTCOME: Readonly<Record<TftpEvent['outcome'], string>> = {
  'in-progress': 'going on',
  complete: 'complete',
  'size-probe': 'size probe',
  refused: 'refused',
  aborted: 'aborted by the client',
  unanswered: 'never answered',
  stalled: 'stopped half way',
};

function tftpText(event: TftpEvent): string {
  const parts = [`${event.operation} ${event.file}`, TFTP_OUTCOME[event.outcome]];
  if (event.octets > 0) parts.push(octets(event.octets));
  const options = event.acknowledged ?? event.requested;
  if (options.length > 0) parts.push(options.map(({ name, value }) => `${name}=${value}`).join(' '));
  if (event.error !== undefined && event.outcome !== 'size-probe') {
    parts.push(`ERROR ${event.error.code} from the ${event.error.from}: ${event.error.message}`);
  }
  if (event.retransmissions > 0) parts.push(`${event.retransmissions} blocks sent again`);
  return parts.join(', ');
}

function httpText(event: HttpEvent): string {
  const { response } = event;
  if (response === undefined)
    return `${event.method} ${event.target}: ${event.skipped > 0 ? 'the answer was not captured whole' : 'no answer'}`;
  const body = response.complete ? octets(response.octets) : `${octets(response.octets)}, not to the end`;
  return `${event.method} ${event.target}: ${response.status} ${response.reason}, ${body}`;
}

function firstAndLast(frames: readonly number[]): readonly number[] {
  const first = frames[0];
  const last = frames.at(-1);
  return first === undefined || last === undefined ? [] : first === last ? [first] : [first, last];
}
