/** TFTP, TCP, HTTP and iSCSI. */
import type { HttpEvent, TftpEvent } from '../story/event.ts';
import type { FactSheet, Facts } from './fact-sheet.ts';
import { generalText } from './forms.ts';
import type { HabitOf } from './habit.ts';
import { framesOf, retryFacts } from './tries.ts';

const NS_PER_SECOND = 1e9;

export function addTftpFacts(
  sheet: FactSheet,
  events: readonly TftpEvent[],
  habits: readonly HabitOf<'tftp'>[],
  lastNs: bigint,
): void {
  if (events.length > 0) {
    // A server's answer is not the client's behaviour: only what the client itself ends shows in the sequence.
    const kinds = events.map(({ operation, outcome }) =>
      outcome === 'size-probe' ? 'size-probe' : operation,
    );
    const ports = portHabit(events.map(({ client }) => client.port));
    sheet.add('tftp', 'transfers', { sequence: counted(kinds), ports }, firstFrames(events));
    for (const [i, event] of events.entries())
      sheet.addVariant('tftp', kinds[i] ?? 'read', requestFacts(event), event.frames);
  }
  if (habits.length === 0) return;
  sheet.add('tftp', 'requests', retryFacts(habits, lastNs), framesOf(habits));
  sheet.add('tftp', 'acknowledgments', ackFacts(habits), framesOf(habits));
}

function requestFacts({ requested, mode, error }: TftpEvent): Facts<'tftp'> {
  return {
    options: requested.map(({ name, value }) => {
      if (/^tsize$/i.test(name) && value !== '0') return name;
      return /^\d{1,5}$/.test(value) || /^(multicast|rollover)$/i.test(name) ? `${name}=${value}` : name;
    }),
    mode,
    ...(error?.from === 'client'
      ? { 'ended-by': `ERROR ${error.code} ${generalText(error.message)}`.trimEnd() }
      : {}),
  };
}

/** Of so many packets at least a rate can be told. */
const ENOUGH_PACKETS = 8;

function ackFacts(habits: readonly HabitOf<'tftp'>[]): Facts<'tftp'> {
  const facts: Facts<'tftp'> = {};
  const largest = habits.reduce((a, b) => (b.blocks > a.blocks ? b : a));
  if (largest.blocks >= ENOUGH_PACKETS && largest.acks > 0)
    facts['windows-per-ack'] = rate(largest.blocks, largest.acks * largest.windowSize);
  const oack = habits.filter(({ oackAcknowledged, blocks }) => oackAcknowledged !== undefined && blocks > 0);
  if (oack.length > 0) facts['acknowledges-oack'] = oack.every((habit) => habit.oackAcknowledged === true);
  const last = habits.filter(({ lastAcknowledged }) => lastAcknowledged !== undefined);
  if (last.length > 0) facts['acknowledges-last'] = last.some((habit) => habit.lastAcknowledged === true);
  const repeats = habits
    .map(({ ackRepeatsNs }) => ackRepeatsNs)
    .reduce((a, b) => (b.length > a.length ? b : a));
  facts['ack-repeat-seconds'] = repeats.map((ns) => Math.round((Number(ns) / NS_PER_SECOND) * 100) / 100);
  return facts;
}

export function addTcpFacts(sheet: FactSheet, habits: readonly HabitOf<'tcp'>[], lastNs: bigint): void {
  if (habits.length === 0) return;
  for (const { options, window, tries } of habits)
    sheet.addVariant(
      'tcp',
      'syn',
      { options: [...options], window },
      tries.slice(0, 1).map(({ frame }) => frame),
    );
  const {
    tries,
    'gives-up-after': givesUpAfter,
    'intervals-seconds': intervals,
  } = retryFacts(habits, lastNs);
  const facts: Facts<'tcp'> = {
    'source-ports': portHabit(habits.map(({ port }) => port)),
    'syn-intervals-seconds': intervals,
    'repeats-acks': habits.some(({ repeatedAcks }) => repeatedAcks > 0),
  };
  const ends = [...new Set(habits.flatMap(({ ended }) => ended ?? []))].sort();
  if (ends.length > 0) facts.ends = ends;
  if (tries !== undefined) facts['syn-tries'] = tries;
  if (givesUpAfter !== undefined) facts['gives-up-after'] = givesUpAfter;
  const busiest = habits.reduce((a, b) => (b.received > a.received ? b : a));
  if (busiest.received >= ENOUGH_PACKETS && busiest.acks > 0)
    facts['segments-per-ack'] = rate(busiest.received, busiest.acks);
  sheet.add('tcp', 'connections', facts, framesOf(habits));
}

/** One digit: what is below is the load of the machine that captured. */
function rate(received: number, acknowledged: number): number {
  return Math.round((10 * received) / acknowledged) / 10;
}

/** Headers whose values a program makes of itself. Others are of one network, machine or file. */
const TELLING =
  /^(accept(-.*)?|cache-control|connection|content-type|expect|keep-alive|pragma|te|transfer-encoding|upgrade|user-agent)$/i;

export function addHttpFacts(sheet: FactSheet, events: readonly HttpEvent[]): void {
  if (events.length === 0) return;
  const ports = new Set(events.map(({ client }) => client.port));
  const connections =
    events.length === 1 ? 'one request' : ports.size === events.length ? 'a new one each' : 'used again';
  const head = events.findIndex(({ method }) => method === 'HEAD');
  const get = events.findIndex(({ method }) => method === 'GET');
  const headFirst = head >= 0 && (get < 0 || head < get);
  sheet.add('http', 'requests', { connections, 'head-before-get': headFirst }, firstFrames(events));
  for (const { method, version, headers, frames } of events) {
    const sent = headers.map(([name, value]) => headerForm(name, value));
    sheet.addVariant('http', method.toLowerCase(), { version, headers: sent }, frames);
  }
}

function headerForm(name: string, value: string): string {
  if (TELLING.test(name)) return `${name}: ${generalText(value)}`;
  const scheme = /^authorization$/i.test(name) ? /^[a-z]+(?=\s)/i.exec(value)?.[0] : undefined;
  return scheme === undefined ? name : `${name}: ${scheme}`;
}

/** RFC 7143 §13: what both sides negotiate by. Names and secrets have keys of their own. */
const NEGOTIATED =
  /^(AuthMethod|CHAP_A|DataDigest|DataPDUInOrder|DataSequenceInOrder|DefaultTime2Retain|DefaultTime2Wait|ErrorRecoveryLevel|FirstBurstLength|HeaderDigest|IFMarker|ImmediateData|InitialR2T|MaxBurstLength|MaxConnections|MaxOutstandingR2T|MaxRecvDataSegmentLength|OFMarker|SessionType)$/;

export function addIscsiFacts(sheet: FactSheet, habits: readonly HabitOf<'iscsi-login'>[]): void {
  const [first] = habits;
  if (first === undefined) return;
  const stages = habits.map(({ stage }) => stage);
  const facts = { stages: counted(stages), 'session-id': first.sessionId };
  sheet.add(
    'iscsi',
    'session',
    facts,
    habits.map(({ frame }) => frame),
  );
  for (const { pairs, frame } of habits) {
    const values = pairs.filter(({ key, value }) => value !== undefined && NEGOTIATED.test(key));
    const login = {
      keys: pairs.map(({ key }) => key),
      values: values.map(({ key, value }) => `${key}=${value}`),
    };
    sheet.addVariant('iscsi', 'login', login, [frame]);
  }
}

export function portHabit(ports: readonly number[]): string {
  if (ports.length < 2) return 'one only';
  const different = new Set(ports);
  if (different.size === 1) return 'the same';
  if (different.size < ports.length) return 'some anew';
  return ports.every((port, i) => i === 0 || port === (ports[i - 1] as number) + 1)
    ? 'the next one each'
    : 'a new one each';
}

/** `['size-probe', 'read x2']`. */
function counted(names: readonly string[]): string[] {
  const runs: { readonly name: string; count: number }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.count++;
    else runs.push({ name, count: 1 });
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${name} x${count}`));
}

export function firstFrames(events: readonly { readonly frames: readonly number[] }[]): readonly number[] {
  return events.flatMap(({ frames }) => frames.slice(0, 1));
}
