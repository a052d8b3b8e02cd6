import { BOOT_SERVER_PORT } from '../story/boot-server.ts';
import type { DhcpEvent } from '../story/event.ts';
import { BROADCAST_FLAG, type DhcpMessage, OFFSET, OPTION_END } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import type { FactSheet, Facts } from './fact-sheet.ts';
import type { Tried } from './habit.ts';
import { optionFacts } from './option-facts.ts';
import { framesOf, retryFacts, seconds } from './tries.ts';

/** Nobody answers these. */
const UNANSWERED: ReadonlySet<string> = new Set(['release', 'decline']);

/** What one stage says by DHCP, and when. `lastNs`: when the client was last heard of. */
export function addDhcpFacts(sheet: FactSheet, events: readonly DhcpEvent[], lastNs: bigint): void {
  const sent = events.filter(({ direction }) => direction === 'from-client');
  if (sent.length === 0) return;
  const rows = rowsOf(sent, subjectOf);
  const sequence = rows.map(([first]) => subjectOf(first));
  sheet.add('dhcp', 'exchange', { sequence, secs: secsHabit(sent) }, firstFrames(sent));
  for (const event of sent) sheet.addVariant('dhcp', subjectOf(event), messageFacts(event), event.frames);

  for (const [subject, those] of Map.groupBy(rows, ([first]) => subjectOf(first))) {
    if (UNANSWERED.has(subject)) continue;
    const tried = those.map((row) => triedOf(row, rows[rows.indexOf(row) + 1]?.[0], events));
    sheet.add('dhcp', subject, retryFacts(tried, lastNs), framesOf(tried));
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

/** A row of messages of one kind, and whether an answer came before the next row began. */
function triedOf(
  row: readonly DhcpEvent[],
  next: DhcpEvent | undefined,
  events: readonly DhcpEvent[],
): Tried {
  const from = events.indexOf(row[0] as DhcpEvent);
  const to = next === undefined ? events.length : events.indexOf(next);
  const answer = events.slice(from, to).find(({ direction }) => direction === 'to-client');
  const tries = row.map(({ frames, timeNs }) => ({ frame: frames[0] ?? 0, timeNs }));
  return { tries, answeredNs: answer?.timeNs };
}

/** PXE 2.1 §2.2.1: what goes to a boot server's port is another conversation. */
function subjectOf({ messageType, destination }: DhcpEvent): string {
  return destination.port === BOOT_SERVER_PORT ? `${messageType}-to-${BOOT_SERVER_PORT}` : messageType;
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
