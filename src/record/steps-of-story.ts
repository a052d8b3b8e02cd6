import type { NeverStep, Step } from '../scenario/schema.ts';
import { bootFileOf } from '../story/boot-file.ts';
import type { DhcpEvent, DnsEvent, HttpEvent, IscsiEvent, Stage, Story, TftpEvent } from '../story/event.ts';
import {
  type Loader,
  type LookupClient,
  type LookupSequence,
  type LookupStep,
  lookupNames,
  lookupSequences,
} from '../story/lookups.ts';
import { ipv4FromBytes } from '../wire/address.ts';
import { optionData } from '../wire/dhcp/message.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { decodeQuery } from '../wire/uri-query.ts';
import type { Generaliser } from './generalise.ts';

/** A step, and the position in the story of the last event that it is about. */
export type GeneratedStep = { readonly step: Step; readonly first: number; readonly last: number };

/** Names that a scenario says of a client's UUID, address and so on: what pxelinux asks for is made of these. */
/**
 * What a scenario has to expect so that the next boot does what this one did: whom it spoke to, what it was sent to, what
 * it fetched, and in which order. Times, addresses, transaction numbers, ports, sizes and contents are of one boot and
 * stay out, and so does what depends on the moment: retries, router discovery, requests that only confirm an offer.
 */
export function stepsOfStory(
  story: Story,
  general: Generaliser,
  identity: LookupClient,
): readonly GeneratedStep[] {
  const inLookup = new Map<number, { readonly sequence: LookupSequence; readonly step: Step }>();
  for (const loader of ['pxelinux', 'grub'] as const) {
    const names = new Map([...lookupNames(identity, loader)].map(([step, name]) => [name, step]));
    for (const sequence of lookupSequences(story, loader)) {
      if (!sequence.closed || !sequence.lookups.every(({ name }) => names.has(name))) continue;
      const step = lookupStep(sequence, loader, names);
      for (const { index } of sequence.lookups) inLookup.set(index, { sequence, step });
      for (const event of sequence.aside) inLookup.set(story.events.indexOf(event), { sequence, step });
    }
  }

  const found: GeneratedStep[] = [];
  const round = new Set<string>();
  const asked = new Set<string>();
  const add = (step: Step | undefined, first: number, last = first): void => {
    if (step !== undefined) found.push({ step, first, last });
  };
  for (const [index, event] of story.events.entries()) {
    const search = inLookup.get(index);
    if (search !== undefined) {
      const { lookups } = search.sequence;
      if (lookups[0].index === index) add(search.step, index, lookups.at(-1)?.index);
      continue;
    }
    if (event.kind === 'dhcp') {
      if (!isAboutBooting(event, index, story)) continue;
      const step = dhcpStep(event, general);
      const key = JSON.stringify(step);
      if (!round.has(key)) add(step, index);
      round.add(key);
      // What follows an ACK is another round, though it may say the same.
      if (event.messageType === 'ack') round.clear();
    } else if (event.kind === 'tftp') add(tftpStep(event, general), index);
    else if (event.kind === 'http') {
      const step = httpStep(event, general);
      // A request that is made again and again is one step.
      if (JSON.stringify(step) !== JSON.stringify(found.at(-1)?.step)) add(step, index);
    } else if (event.kind === 'dns') {
      const key = `${event.stage} ${event.name}`;
      if (asked.has(key) || event !== bestAnswer(story, event)) continue;
      asked.add(key);
      add(dnsStep(event, general), index);
    } else if (event.kind === 'iscsi') add(iscsiStep(event, general), index);
    else if (event.kind === 'machine' && event.what === 'shutdown') add({ machine: 'shutdown' }, index);
  }
  // What began inside a search of pxelinux cannot be expected after it.
  let last = -1;
  return found.filter((one) => {
    const follows = one.first > last;
    if (follows) last = one.last;
    return follows;
  });
}

/** What did not happen in a boot that went as it should, and would show that the next one does not. */
export function neverOfStory({ events }: Story): readonly NeverStep[] {
  const never: NeverStep[] = [];
  const reads = events.filter(({ kind }) => kind === 'tftp');
  const isIpxe = events.findIndex(({ kind, stage }) => kind === 'dhcp' && stage === 'ipxe');
  if (reads.length === 0) never.push({ tftp: '*' });
  else if (isIpxe >= 0 && !events.slice(isIpxe).some(({ kind }) => kind === 'tftp'))
    never.push({ tftp: '*', after: 'ipxe' });
  if (!events.some((event) => event.kind === 'dhcp' && event.messageType === 'nak'))
    never.push({ dhcp: 'nak' });
  return never;
}

/** A DISCOVER; the offers that tell a file, or where none does the first; what ends an exchange. */
function isAboutBooting(event: DhcpEvent, index: number, { events }: Story): boolean {
  const { messageType, direction } = event;
  if (direction === 'from-client')
    return ['discover', 'inform', 'release', 'decline', 'bootp'].includes(messageType);
  if (messageType !== 'offer' || bootFileOf(event.message) !== undefined) return true;
  // Of two servers, whose offer comes first is of the moment.
  const { xid } = event.message;
  const rivals = events.filter(
    (other): other is DhcpEvent =>
      other.kind === 'dhcp' && other.messageType === 'offer' && other.message.xid === xid,
  );
  return !rivals.some(({ message }) => bootFileOf(message) !== undefined) && rivals[0] === events[index];
}

function dhcpStep(event: DhcpEvent, general: Generaliser): Step {
  const { message, messageType, direction, stage, identity } = event;
  const dhcp = messageType as Extract<Step, { dhcp: unknown }>['dhcp'];
  if (direction === 'from-client') {
    const architecture = identity.architectures[0];
    const vendorClass = identity.vendorClass?.text;
    const userClass = identity.userClass?.classes.join(', ');
    return {
      dhcp,
      from: stage,
      ...(architecture === undefined ? {} : { architecture }),
      ...(vendorClass === undefined || vendorClass === ''
        ? {}
        : { 'vendor-class': general.pattern(vendorClass) }),
      ...(userClass === undefined || userClass === '' ? {} : { 'user-class': general.pattern(userClass) }),
    };
  }
  const file = bootFileOf(message);
  const nextServer = general.address(message.siaddr);
  const address = general.address(message.yiaddr);
  const data = optionData(message, OPTION.serverIdentifier);
  const server = data?.length === 4 ? general.address(ipv4FromBytes(data)) : undefined;
  return {
    dhcp,
    to: stage,
    ...(file === undefined ? {} : { file: general.pattern(file) }),
    ...(nextServer === undefined ? {} : { 'next-server': nextServer }),
    ...(messageType !== 'ack' || address === undefined ? {} : { address }),
    ...(server === undefined ? {} : { server }),
  };
}

function tftpStep(event: TftpEvent, general: Generaliser): Step | undefined {
  const { outcome, operation, stage } = event;
  // What still went on when the capture ended, or hung, is nothing that the next boot has to do.
  if (operation !== 'read' || outcome === 'in-progress' || outcome === 'stalled' || outcome === 'unanswered')
    return undefined;
  const server = general.address(event.server.ip);
  return {
    tftp: general.pattern(event.file),
    outcome,
    from: stage,
    ...(server === undefined ? {} : { server }),
  };
}

function httpStep(event: HttpEvent, general: Generaliser): Step | undefined {
  const { method, target, headers, response, stage } = event;
  const [path = '', query] = target.split(/\?(.*)/s, 2);
  const http = `${method} ${general.pattern(path)}`;
  if (!/^[A-Z*]+ \S+$/.test(http)) return undefined;
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
  const server = general.address(event.server.ip);
  return {
    http,
    ...(response === undefined ? {} : { status: response.status }),
    ...(host === undefined ? {} : { host: general.pattern(host) }),
    ...(server === undefined ? {} : { server }),
    from: stage,
    ...(query === undefined || query === '' ? {} : queryFields(query, general)),
  };
}

function queryFields(
  query: string,
  general: Generaliser,
): Pick<Extract<Step, { http: unknown }>, 'query' | 'query-names'> {
  const parameters = decodeQuery(query);
  const values = Map.groupBy(parameters, ({ name }) => name);
  return {
    'query-names': parameters.map(({ name }) => name),
    query: Object.fromEntries(
      [...values].map(([name, given]) => {
        const texts = given.map(({ value }) => general.text(value));
        return [name, texts.length === 1 ? (texts[0] ?? '') : texts];
      }),
    ),
  };
}

function lookupStep(
  { lookups, by }: LookupSequence,
  loader: Loader,
  names: ReadonlyMap<string, LookupStep>,
): Step {
  const order = lookups.map(({ name }) => names.get(name) ?? 'default') as [LookupStep, ...LookupStep[]];
  const hit = lookups.find(({ found }) => found);
  const details = {
    found: hit === undefined ? ('nothing' as const) : (names.get(hit.name) ?? 'default'),
    by,
  };
  return loader === 'grub' ? { 'grub-lookup': order, ...details } : { 'pxelinux-lookup': order, ...details };
}

/** Of the questions for a name, that for its IPv4 address where it has an answer, else the first that has, else the first. */
function bestAnswer({ events }: Story, { name, stage }: DnsEvent): DnsEvent | undefined {
  const questions = events.filter(
    (event): event is DnsEvent => event.kind === 'dns' && event.name === name && event.stage === stage,
  );
  const answered = questions.filter(({ answer }) => (answer?.records.length ?? 0) > 0);
  return answered.find(({ type }) => type === 'A') ?? answered[0] ?? questions[0];
}

function dnsStep({ name, type, answer }: DnsEvent, general: Generaliser): Step {
  const records = answer?.records ?? [];
  const known = records.map((record) => general.address(record)).find((record) => record !== undefined);
  const told = known ?? records[0] ?? (answer?.rcode === 'NOERROR' ? undefined : answer?.rcode);
  return { dns: general.pattern(name), type, ...(told === undefined ? {} : { answer: told }) };
}

function iscsiStep(event: IscsiEvent, general: Generaliser): Step | undefined {
  const { outcome, target, initiator, login, work, stage } = event;
  if (outcome === 'in-progress') return undefined;
  const [lun] = work.luns;
  return {
    iscsi: target === undefined ? '*' : general.pattern(target),
    outcome,
    from: stage,
    ...(initiator === undefined ? {} : { initiator: general.pattern(initiator) }),
    ...(login.status === undefined || outcome === 'logged-in' ? {} : { status: login.status.text }),
    ...(lun === undefined ? {} : { lun }),
    ...(work.octetsRead > 0 ? { 'read-at-least': 512 } : {}),
  };
}

/** The position of the event with which the machine began its boot anew, from its firmware; or the length of the story. */
export function endOfFirstBoot({ events }: Story): number {
  const wentOn = (stage: Stage): boolean => stage !== 'firmware';
  const on = events.findIndex(({ kind, stage }) => kind === 'dhcp' && wentOn(stage));
  if (on < 0) return events.length;
  const again = events.findIndex(
    (event, i) =>
      i > on && event.kind === 'dhcp' && event.direction === 'from-client' && !wentOn(event.stage),
  );
  return again < 0 ? events.length : again;
}
