import type { Stage, Story, StoryEvent } from '../story/event.ts';
import { lookupNames, lookupSequences } from '../story/lookups.ts';
import { addDhcpFacts } from './dhcp-facts.ts';
import { addDhcpv6Facts } from './dhcpv6-facts.ts';
import { FactSheet } from './fact-sheet.ts';
import { vendorClassForm } from './forms.ts';
import type { Habit, HabitOf } from './habit.ts';
import { addArpFacts, addHeaderFacts, addIpv6Facts } from './network-facts.ts';
import type { ClientProfile } from './profile.ts';
import { type Roles, rolesOf } from './roles.ts';
import {
  addHttpFacts,
  addIscsiFacts,
  addTcpFacts,
  addTftpFacts,
  firstFrames,
  portHabit,
} from './transfer-facts.ts';
import { framesOf, retryFacts } from './tries.ts';

/** A profile, and the frames that prove each of its facts, by path. */
export type ProvenProfile = {
  readonly profile: ClientProfile;
  readonly frames: ReadonlyMap<string, readonly number[]>;
};

const STAGES: readonly Stage[] = ['firmware', 'ipxe', 'os'];

/** How the client of a story behaves. `habits` are what its frames say besides (WireHabits). */
export function profileOf(story: Story, habits: readonly Habit[] = []): ProvenProfile {
  const stages: ClientProfile['stages'] = {};
  const frames = new Map<string, readonly number[]>();
  const roles = rolesOf(story);
  const lastNs = lastHeardNs(story, habits);
  for (const stage of STAGES) {
    const sheet = new FactSheet();
    const events = story.events.filter((event) => event.stage === stage);
    const those = habits.filter((habit) => stageAt(story, habit) === stage);
    const dhcp = ofKind(events, 'dhcp');
    addDhcpFacts(sheet, dhcp, lastNs);
    addDhcpv6Facts(sheet, ofHabit(those, 'dhcpv6'), lastNs);
    const discovers = dhcp.filter(({ direction }) => direction === 'from-client');
    const discoversNs = discovers.map(({ timeNs }) => timeNs);
    addIpv6Facts(sheet, ofHabit(those, 'neighbour'), roles, discoversNs, lastNs);
    addTftpFacts(sheet, ofKind(events, 'tftp'), ofHabit(those, 'tftp'), lastNs);
    addHttpFacts(sheet, ofKind(events, 'http'));
    addLookupFacts(sheet, story, stage);
    addDnsFacts(sheet, ofHabit(those, 'dns'), roles, lastNs);
    addIscsiFacts(sheet, ofHabit(those, 'iscsi-login'));
    addArpFacts(sheet, ofHabit(those, 'arp'), roles, lastNs);
    addTcpFacts(sheet, ofHabit(those, 'tcp'), lastNs);
    addHeaderFacts(sheet, ofHabit(those, 'header'));
    addUnreachableFacts(sheet, story, events);
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

function ofHabit<K extends Habit['kind']>(habits: readonly Habit[], kind: K): readonly HabitOf<K>[] {
  return habits.filter((habit): habit is HabitOf<K> => habit.kind === kind);
}

function titleOf({ client }: Story): string {
  const names = client.identities.map((identity) =>
    identity.isIpxe ? 'iPXE' : vendorClassForm(identity.vendorClass?.text ?? '') || 'no vendor class',
  );
  return [...new Set(names)].join(', then ') || 'a client without DHCP';
}

/** The program that had spoken last; before the first event, the one that spoke first. Frames tell order better than clocks. */
function stageAt({ events }: Story, { frame }: Habit): Stage {
  return (events.findLast(({ frames }) => (frames[0] ?? 0) <= frame) ?? events[0])?.stage ?? 'firmware';
}

function lastHeardNs({ events }: Story, habits: readonly Habit[]): bigint {
  const times = [
    ...events.map(({ timeNs }) => timeNs),
    ...habits.flatMap((habit) =>
      'tries' in habit ? habit.tries.map(({ timeNs }) => timeNs) : [habit.timeNs],
    ),
  ];
  return times.reduce((a, b) => (b > a ? b : a), 0n);
}

function addLookupFacts(sheet: FactSheet, story: Story, stage: Stage): void {
  const { uuid, mac, addresses } = story.client;
  for (const loader of ['pxelinux', 'grub'] as const) {
    const names = lookupNames({ uuidOnWire: uuid, mac, ip: addresses.at(-1) }, loader);
    const steps = new Map([...names].map(([step, name]) => [name, step]));
    for (const { lookups, by } of lookupSequences(story, loader)) {
      if (lookups[0].event.stage !== stage) continue;
      const order = lookups.map(({ name }) => steps.get(name) ?? 'another name');
      sheet.addVariant(loader, 'lookups', { by, order }, firstFrames(lookups.map(({ event }) => event)));
    }
  }
}

function addDnsFacts(
  sheet: FactSheet,
  habits: readonly HabitOf<'dns'>[],
  roles: Roles,
  lastNs: bigint,
): void {
  const [first] = habits;
  if (first === undefined) return;
  const facts = {
    'types-in-order': [...new Set(habits.filter(({ name }) => name === first.name).map(({ type }) => type))],
    servers: [...new Set(habits.map(({ server }) => roles.dnsServer(server)))],
    recursion: first.recursion,
    edns: first.edns,
    'source-ports': portHabit(habits.map(({ port }) => port)),
    ...retryFacts(habits, lastNs),
  };
  sheet.add('dns', 'questions', facts, framesOf(habits));
}

function addUnreachableFacts(sheet: FactSheet, { client }: Story, events: readonly StoryEvent[]): void {
  const sent = ofKind(events, 'unreachable').filter(({ from }) => client.addresses.includes(from));
  if (sent.length === 0) return;
  const codes = [...new Set(sent.map(({ code }) => code))].sort((a, b) => a - b);
  sheet.add('icmp', 'unreachable', { codes }, firstFrames(sent));
}
