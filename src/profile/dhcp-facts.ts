import type { DhcpEvent } from '../story/event.ts';
import { latin1, toHex } from '../wire/bytes.ts';
import { BROADCAST_FLAG, OFFSET, optionData } from '../wire/dhcp/message.ts';
import { parseClientIdentifier } from '../wire/dhcp/opt-client-identifier.ts';
import { parseUserClass } from '../wire/dhcp/opt-user-class.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import type { FactSheet } from './fact-sheet.ts';
import type { Fact } from './profile.ts';

const NS_PER_SECOND = 1e9;

/** Values that say which machine it is, or what the server gave it: only that they are there is behaviour. */
const OF_ONE_MACHINE: ReadonlySet<number> = new Set([12, 50, 53, 54, 81, 82]);
/** Told by facts of their own. */
const TOLD: ReadonlySet<number> = new Set([55, 57, 60, 61, 77, 93, 94, 97]);

/** What one stage says by DHCP, and when. */
export function addDhcpFacts(sheet: FactSheet, events: readonly DhcpEvent[]): void {
  const sent = events.filter(({ direction }) => direction === 'from-client');
  if (sent.length === 0) return;
  const frames = sent.flatMap((event) => event.frames.slice(0, 1));
  sheet.add('dhcp', 'exchange', { sequence: counted(sent.map(({ messageType }) => messageType)) }, frames);
  for (const event of sent) sheet.addVariant('dhcp', event.messageType, messageFacts(event), event.frames);

  const discovers = sent.filter(({ messageType }) => messageType === 'discover');
  if (discovers.length > 1) {
    const intervals = discovers.slice(1).map((event, i) => seconds(discovers[i]?.timeNs ?? 0n, event.timeNs));
    const at = discovers.flatMap((event) => event.frames.slice(0, 1));
    sheet.add('dhcp', 'exchange', { 'discover-intervals-seconds': intervals }, at);
  }
  const offer = events.find(({ messageType }) => messageType === 'offer');
  const request = sent.find(
    ({ messageType, timeNs }) => messageType === 'request' && offer !== undefined && timeNs >= offer.timeNs,
  );
  if (offer !== undefined && request !== undefined) {
    const wait = seconds(offer.timeNs, request.timeNs);
    const at = [...offer.frames.slice(0, 1), ...request.frames.slice(0, 1)];
    sheet.add('dhcp', 'exchange', { 'offer-to-request-seconds': wait }, at);
  }
  const secs = sent.map(({ message }) => message.secs);
  sheet.add('dhcp', 'exchange', { secs: secsHabit(secs) }, frames);
}

function messageFacts({ message, source, destination }: DhcpEvent): Readonly<Record<string, Fact>> {
  const facts: Record<string, Fact> = {
    options: message.options.map(({ code }) => code),
    broadcast: (message.flags & BROADCAST_FLAG) !== 0,
    hops: message.hops,
    ciaddr: message.ciaddr === '0.0.0.0' ? 'empty' : 'set',
    length: OFFSET.vend + message.vend.length,
    from: `${addressKind(source.ip)} port ${source.port}`,
    to: `${addressKind(destination.ip)} port ${destination.port}`,
  };
  const value = (code: number): Uint8Array | undefined => optionData(message, code);
  const requested = value(OPTION.parameterRequestList);
  if (requested !== undefined) facts['parameter-request-list'] = [...requested];
  const vendorClass = value(60);
  if (vendorClass !== undefined) facts['vendor-class'] = latin1(vendorClass);
  const userClass = value(77);
  if (userClass !== undefined) {
    const parsed = parseUserClass(userClass);
    if (parsed.ok) facts['user-class'] = [parsed.value.encoding, ...parsed.value.classes];
  }
  const architecture = value(93);
  if (architecture !== undefined) facts.architecture = toHex(architecture);
  const interfaceId = value(94);
  if (interfaceId !== undefined) facts['network-interface'] = toHex(interfaceId);
  const machine = value(97);
  if (machine !== undefined) facts['machine-id'] = `type ${machine[0] ?? 'absent'}, ${machine.length} octets`;
  const id = value(61);
  if (id !== undefined) facts['client-id'] = clientIdForm(id);
  const size = value(57);
  if (size !== undefined) facts['max-message-size'] = Number.parseInt(toHex(size) || '0', 16);
  for (const code of new Set(message.options.map((option) => option.code))) {
    const data = value(code);
    if (data === undefined || TOLD.has(code) || OF_ONE_MACHINE.has(code)) continue;
    facts[`option-${code}`] = toHex(data);
  }
  return facts;
}

/** RFC 4578 §2.3 has UUIDs as type 0 and 16 octets; PXE firmware sends the same in option 61. */
function clientIdForm(data: Uint8Array): string {
  if (data[0] === 0 && data.length === 17) return 'UUID';
  const parsed = parseClientIdentifier(data);
  if (!parsed.ok) return `${data.length} octets`;
  const { value } = parsed;
  if (value.kind === 'hardware') return `hardware address, type ${value.htype}`;
  return value.kind === 'duid' ? 'DUID' : `opaque, ${data.length} octets`;
}

function addressKind(ip: string): string {
  if (ip === '0.0.0.0') return 'no address';
  return ip === '255.255.255.255' ? 'limited broadcast' : 'unicast';
}

function secsHabit(secs: readonly number[]): string {
  if (secs.every((value) => value === secs[0])) return secs[0] === 0 ? 'always 0' : `always ${secs[0]}`;
  return secs.every((value, i) => value >= (secs[i - 1] ?? 0)) ? 'grows' : 'grows and starts anew';
}

/** `['discover x4', 'request']`. */
export function counted(names: readonly string[]): string[] {
  const runs: { readonly name: string; count: number }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.count++;
    else runs.push({ name, count: 1 });
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${name} x${count}`));
}

/** Two digits: what is below is the load of the machine that captured. */
export function seconds(from: bigint, to: bigint): number {
  return Math.round((Number(to - from) / NS_PER_SECOND) * 100) / 100;
}
