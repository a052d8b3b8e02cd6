import type { DnsEvent, HttpEvent, Stage, Story, StoryEvent, TftpEvent } from '../story/event.ts';
import { lookupNames, lookupSequences } from '../story/pxelinux.ts';
import { addDhcpFacts, counted, seconds } from './dhcp-facts.ts';
import { FactSheet } from './fact-sheet.ts';
import type { ClientProfile } from './profile.ts';
import type { Habit } from './wire-habits.ts';

/** A profile, and the frames that prove each of its facts, by path. */
export type ProvenProfile = {
  readonly profile: ClientProfile;
  readonly frames: ReadonlyMap<string, readonly number[]>;
};

const STAGES: readonly Stage[] = ['firmware', 'ipxe', 'os'];

/** How the client of a story behaves. `habits` are its frames below the story's protocols (WireHabits). */
export function profileOf(story: Story, habits: readonly Habit[] = []): ProvenProfile {
  const stages: ClientProfile['stages'] = {};
  const frames = new Map<string, readonly number[]>();
  for (const stage of STAGES) {
    const sheet = new FactSheet();
    const events = story.events.filter((event) => event.stage === stage);
    addDhcpFacts(sheet, ofKind(events, 'dhcp'));
    addRouterFacts(sheet, events);
    addTftpFacts(sheet, ofKind(events, 'tftp'));
    addHttpFacts(sheet, ofKind(events, 'http'));
    addLookupFacts(sheet, story, stage);
    addDnsFacts(sheet, ofKind(events, 'dns'));
    addUnreachableFacts(sheet, story, events);
    addHabits(
      sheet,
      habits.filter((habit) => stageAt(story, habit.timeNs) === stage),
    );
    if (sheet.frames.size === 0) continue;
    stages[stage] = sheet.topics;
    for (const [path, at] of sheet.frames) frames.set(`${stage}.${path}`, at);
  }
  return { profile: { format: 'pxebench-profile/1', title: titleOf(story), stages }, frames };
}

function ofKind<K extends StoryEvent['kind']>(
  events: readonly StoryEvent[],
  kind: K,
): readonly Extract<StoryEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<StoryEvent, { kind: K }> => event.kind === kind);
}

function titleOf({ client }: Story): string {
  const names = client.identities.map((identity) =>
    identity.isIpxe ? 'iPXE' : (identity.vendorClass?.text ?? 'no vendor class'),
  );
  return [...new Set(names)].join(', then ') || 'a client without DHCP';
}

/** The program that had spoken last; before the first event, the one that spoke first. */
function stageAt({ events }: Story, timeNs: bigint): Stage {
  return (events.findLast((event) => event.timeNs <= timeNs) ?? events[0])?.stage ?? 'firmware';
}

function addTftpFacts(sheet: FactSheet, events: readonly TftpEvent[]): void {
  if (events.length === 0) return;
  // A server's answer is not the client's behaviour: only what the client itself ends shows in the sequence.
  const kinds = events.map(({ operation, outcome }) => (outcome === 'size-probe' ? 'size-probe' : operation));
  sheet.add('tftp', 'transfers', { sequence: counted(kinds), ports: portHabit(events) }, firstFrames(events));
  for (const [i, { requested, mode, error, frames }] of events.entries()) {
    const facts = {
      options: requested.map(({ name, value }) =>
        name === 'tsize' && value !== '0' ? 'tsize' : `${name}=${value}`,
      ),
      mode,
      ...(error?.from === 'client' ? { 'ended-by': `ERROR ${error.code} ${error.message}` } : {}),
    };
    sheet.addVariant('tftp', kinds[i] ?? 'read', facts, frames);
  }
}

function portHabit(events: readonly { readonly client: { readonly port: number } }[]): string {
  if (events.length < 2) return 'one transfer';
  const ports = new Set(events.map(({ client }) => client.port));
  return ports.size === 1 ? 'the same' : ports.size === events.length ? 'a new one each' : 'some anew';
}

function addHttpFacts(sheet: FactSheet, events: readonly HttpEvent[]): void {
  if (events.length === 0) return;
  const ports = new Set(events.map(({ client }) => client.port));
  const connections =
    events.length === 1 ? 'one request' : ports.size === events.length ? 'a new one each' : 'used again';
  const head = events.findIndex(({ method }) => method === 'HEAD');
  const get = events.findIndex(({ method }) => method === 'GET');
  const headFirst = head >= 0 && (get < 0 || head < get);
  sheet.add('http', 'requests', { connections, 'head-before-get': headFirst }, firstFrames(events));
  for (const { method, version, headers, frames } of events) {
    const sent = headers.map(([name, value]) =>
      // Of one network, and of one file.
      /^(host|range|if-|content-length)/i.test(name) ? name : `${name}: ${value}`,
    );
    sheet.addVariant('http', method.toLowerCase(), { version, headers: sent }, frames);
  }
}

function addLookupFacts(sheet: FactSheet, story: Story, stage: Stage): void {
  const { uuid, mac, addresses } = story.client;
  const steps = new Map(
    [...lookupNames({ uuidOnWire: uuid, mac, ip: addresses.at(-1) })].map(([step, name]) => [name, step]),
  );
  for (const { lookups, by } of lookupSequences(story)) {
    if (lookups[0].event.stage !== stage) continue;
    const order = lookups.map(({ name }) => steps.get(name) ?? 'another name');
    sheet.addVariant('pxelinux', 'lookups', { by, order }, firstFrames(lookups.map(({ event }) => event)));
  }
}

function addDnsFacts(sheet: FactSheet, events: readonly DnsEvent[]): void {
  if (events.length === 0) return;
  const first = events[0]?.name;
  const types = [...new Set(events.filter(({ name }) => name === first).map(({ type }) => type))];
  // The last frame is the answer's, where there is one.
  const most = Math.max(...events.map(({ frames, answer }) => frames.length - (answer ? 1 : 0)));
  const facts = { 'types-in-order': types, 'most-tries': most };
  sheet.add('dns', 'questions', facts, firstFrames(events));
}

function addRouterFacts(sheet: FactSheet, events: readonly StoryEvent[]): void {
  const asked = ofKind(events, 'router').filter(({ what }) => what === 'solicitation');
  const [first] = asked;
  if (first === undefined) return;
  const discover = ofKind(events, 'dhcp').find(({ direction }) => direction === 'from-client');
  const facts = {
    solicitations: asked.length,
    ...(discover !== undefined && discover.timeNs >= first.timeNs
      ? { 'before-dhcp-seconds': seconds(first.timeNs, discover.timeNs) }
      : {}),
  };
  sheet.add('ipv6', 'router', facts, firstFrames(asked));
}

function addUnreachableFacts(sheet: FactSheet, { client }: Story, events: readonly StoryEvent[]): void {
  const sent = ofKind(events, 'unreachable').filter(({ from }) => client.addresses.includes(from));
  if (sent.length === 0) return;
  const codes = [...new Set(sent.map(({ code }) => code))].sort((a, b) => a - b);
  sheet.add('icmp', 'unreachable', { codes }, firstFrames(sent));
}

function addHabits(sheet: FactSheet, habits: readonly Habit[]): void {
  for (const kind of ['arp', 'udp', 'tcp', 'icmp'] as const) {
    const found = habits.filter((habit) => habit.kind === kind);
    if (found.length === 0) continue;
    const frames = found.map(({ frame }) => frame);
    const texts = [...new Set(found.map(({ text }) => text))];
    if (kind === 'arp') sheet.add('arp', 'messages', { kinds: texts }, frames);
    else sheet.add('ipv4', kind, { headers: texts }, frames);
  }
}

function firstFrames(events: readonly StoryEvent[]): readonly number[] {
  return events.flatMap(({ frames }) => frames.slice(0, 1));
}
