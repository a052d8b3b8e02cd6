import type { DhcpEvent } from '../story/event.ts';
import { BROADCAST_FLAG, type DhcpMessage, OFFSET, OPTION_END } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import type { FactSheet, Facts } from './fact-sheet.ts';
import { optionFacts } from './option-facts.ts';
import { intervalsOf, seconds } from './tries.ts';

/** What one stage says by DHCP, and when. */
export function addDhcpFacts(sheet: FactSheet, events: readonly DhcpEvent[]): void {
  const sent = events.filter(({ direction }) => direction === 'from-client');
  if (sent.length === 0) return;
  const rows = rowsOf(sent, subjectOf);
  const sequence = rows.map(([first]) => subjectOf(first));
  const facts: Facts<'dhcp'> = {
    sequence,
    'sequence-tries': rows.map((row) => row.length),
    secs: secsHabit(sent),
  };
  sheet.add('dhcp', 'exchange', facts, firstFrames(sent));
  for (const event of sent) sheet.addVariant('dhcp', subjectOf(event), messageFacts(event), event.frames);

  for (const type of ['discover', 'request'] as const) {
    const longest = longestRow(rows, type);
    if (longest === undefined) continue;
    const intervals = { [`${type}-intervals-seconds`]: intervalsOf(longest) };
    sheet.add('dhcp', 'exchange', intervals, firstFrames(longest));
  }
  const offer = events.find(({ messageType }) => messageType === 'offer');
  const request = sent.find(
    (event) => subjectOf(event) === 'request' && offer !== undefined && event.timeNs >= offer.timeNs,
  );
  if (offer !== undefined && request !== undefined) {
    const wait = seconds(offer.timeNs, request.timeNs);
    sheet.add('dhcp', 'exchange', { 'offer-to-request-seconds': wait }, firstFrames([offer, request]));
  }
}

/** PXE 2.1 §2.2.1: what goes to a boot server's port is another conversation. */
const PXE_PORT = 4011;

function subjectOf({ messageType, destination }: DhcpEvent): string {
  return destination.port === PXE_PORT ? `${messageType}-to-${PXE_PORT}` : messageType;
}

function longestRow(rows: readonly (readonly DhcpEvent[])[], type: string): readonly DhcpEvent[] | undefined {
  const those = rows.filter(([first]) => first !== undefined && subjectOf(first) === type);
  return those.length === 0 ? undefined : those.reduce((a, b) => (b.length > a.length ? b : a));
}

/** What stands behind one another and is of the same kind. */
export function rowsOf<T>(list: readonly T[], kindOf: (one: T) => string): readonly (readonly [T, ...T[]])[] {
  const rows: [T, ...T[]][] = [];
  for (const one of list) {
    const last = rows.at(-1);
    if (last !== undefined && kindOf(last[0]) === kindOf(one)) last.push(one);
    else rows.push([one]);
  }
  return rows;
}

function firstFrames(events: readonly DhcpEvent[]): readonly number[] {
  return events.flatMap(({ frames }) => frames.slice(0, 1));
}

function messageFacts({ message, source, destination }: DhcpEvent): Facts<'dhcp'> {
  return {
    options: message.options.map(({ code }) => code),
    broadcast: (message.flags & BROADCAST_FLAG) !== 0,
    hops: message.hops,
    ciaddr: message.ciaddr === '0.0.0.0' ? 'empty' : 'set',
    length: lengthWithoutNames(message),
    from: `${addressKind(source.ip)} port ${source.port}`,
    to: `${addressKind(destination.ip)} port ${destination.port}`,
    ...optionFacts(message),
  };
}

/** Where nothing fills the message up, its length is that of the names in it, too. */
function lengthWithoutNames({ options, vend }: DhcpMessage): number {
  const length = OFFSET.vend + vend.length;
  const isPadded = vend.at(-1) !== OPTION_END;
  if (isPadded) return length;
  const names = options.filter(({ code }) => code === OPTION.hostName || code === 81);
  return length - names.reduce((sum, { data }) => sum + data.length, 0);
}

function addressKind(ip: string): string {
  if (ip === '0.0.0.0') return 'no address';
  return ip === '255.255.255.255' ? 'limited broadcast' : 'unicast';
}

/** EDK2 leaves it 0; iPXE adds to it with every message, and not by a clock. */
function secsHabit(sent: readonly DhcpEvent[]): string {
  const values = new Set(sent.map(({ message }) => message.secs));
  return values.size === 1 ? `always ${[...values][0]}` : 'grows';
}
