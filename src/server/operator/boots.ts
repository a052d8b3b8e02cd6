/**
 * Which boot everything belongs to that the services tell of: DHCP by hardware address, TFTP, HTTP and DNS by the address
 * that the client was given, orders by both. No clock: times come in, in milliseconds.
 */
import type { ClientProgram } from '../event.ts';
import { type Boot, type BootOutcome, type Client, type Failure, type Rung, rungAt } from './boot.ts';
import { endOf } from './boot-end.ts';
import type { Level, LogRecord } from './log-record.ts';

export type BootsSpec = {
  /** Boot ids start with it: another one for each run of the server, so that ids do not come twice in one log. */
  readonly prefix: string;
  readonly maxClients: number;
  /** Whether the boot files that DHCP names come from here: if not, a client that goes on elsewhere is not seen. */
  readonly servesLoader: boolean;
  readonly servesScripts: boolean;
  /** Path of the script that gives orders. */
  readonly boot2: string | undefined;
};

export type TransferSeen = {
  readonly file: string;
  readonly size: number | undefined;
  readonly since: number;
  readonly key: string;
};

/** Belongs to whoever called last: a step changes it in place. Use what stepBoots returns, never the state that went in. */
export type BootsState = {
  readonly spec: BootsSpec;
  /** The one that was silent for longest comes first, and is forgotten first. */
  readonly clients: Map<string, Client>;
  readonly byAddress: Map<string, Client>;
  /** By the client's address and port: what began and has not ended. */
  readonly transfers: Map<string, TransferSeen>;
  /** The last ones, oldest first. */
  readonly failures: LogRecord[];
  boots: number;
  /** Counts changes of clients. */
  version: number;
};

const MAX_FAILURES = 50;
const MAX_TRANSFERS = 4096;
/** Boots that came to nothing, one after the other, until it is called a loop; and in which time. */
const LOOP_BOOTS = 3;
const LOOP_MS = 10 * 60_000;
/** What comes later than this after a boot's end is no part of it: the installed system's own traffic. */
const LINGER_MS = 10 * 60_000;
const MOVE_MS = 1000;

export function initialBoots(spec: BootsSpec): BootsState {
  return {
    spec,
    clients: new Map(),
    byAddress: new Map(),
    transfers: new Map(),
    failures: [],
    boots: 0,
    version: 0,
  };
}

/** A step under way: the state, the time, and the lines it leads to. */
export type Step = { readonly state: BootsState; readonly now: number; readonly records: LogRecord[] };

/** The client with this key, made if there is none; from now on the one that was heard of last. */
export function clientOf({ state, now }: Step, key: string, mac?: string): Client {
  const known = state.clients.get(key);
  if (known !== undefined) {
    // The order is for who is forgotten first: a second more or less does not matter, and moving it costs.
    if (now - known.last >= MOVE_MS) {
      state.clients.delete(key);
      state.clients.set(key, known);
    }
    return touched(state, known, now);
  }
  if (state.clients.size >= state.spec.maxClients) {
    const [oldest] = state.clients.values();
    if (oldest !== undefined) forget(state, oldest);
  }
  const client: Client = {
    key,
    mac,
    address: undefined,
    hostName: undefined,
    relay: undefined,
    boot: undefined,
    last: now,
    vain: [],
    silence: undefined,
    changed: 0,
  };
  state.clients.set(key, client);
  return touched(state, client, now);
}

function touched(state: BootsState, client: Client, now: number): Client {
  client.last = now;
  client.changed = ++state.version;
  return client;
}

/** The client at an address, if one is known there; heard of now. */
export function clientAt(step: Step, address: string): Client | undefined {
  const known = step.state.byAddress.get(address);
  return known === undefined ? undefined : clientOf(step, known.key);
}

export function giveAddress(state: BootsState, client: Client, address: string): void {
  if (client.address === address) return;
  if (client.address !== undefined) takeAddress(state, client);
  const before = state.byAddress.get(address);
  if (before !== undefined) before.address = undefined;
  state.byAddress.set(address, client);
  client.address = address;
}

export function takeAddress(state: BootsState, client: Client): void {
  if (client.address !== undefined) state.byAddress.delete(client.address);
  client.address = undefined;
}

export function forget(state: BootsState, client: Client): void {
  takeAddress(state, client);
  state.clients.delete(client.key);
}

/** The boot that something belongs to which came just now: the running one, or one that ended a moment ago. */
export function bootOf(client: Client, now: number): Boot | undefined {
  const { boot } = client;
  return boot?.ended !== undefined && now - boot.ended > LINGER_MS ? undefined : boot;
}

/** Ends the client's boot if one runs, and begins the next. */
export function beginBoot(step: Step, client: Client, program: ClientProgram, counted: boolean): Boot {
  const { state, now } = step;
  if (client.boot?.outcome === 'running') settle(step, client, client.boot);
  const boot: Boot = {
    id: `${state.spec.prefix}-${(++state.boots).toString(36)}`,
    begun: now,
    last: now,
    ended: undefined,
    outcome: 'running',
    rung: 'dhcp',
    reached: {},
    program,
    architecture: undefined,
    counted: false,
    file: undefined,
    loadedBy: undefined,
    loaded: undefined,
    order: undefined,
    rule: undefined,
    ordered: 0,
    failure: undefined,
    search: undefined,
    found: undefined,
    latest: undefined,
    offer: undefined,
  };
  client.boot = boot;
  if (counted) count(step, client, boot);
  return boot;
}

/** It loads something, so it boots. */
export function count(step: Step, client: Client, boot: Boot): void {
  if (boot.counted) return;
  boot.counted = true;
  say(step, client, 'quiet', { stage: 'boot', did: 'begun', text: 'begins to boot' });
  client.vain = client.vain.filter((begun) => step.now - begun < LOOP_MS);
  const round = client.vain.length + 1;
  if (round < LOOP_BOOTS) return;
  const minutes = Math.max(1, Math.round((step.now - (client.vain[0] ?? step.now)) / 60_000));
  loop(
    step,
    client,
    boot,
    `it begins for the ${ordinal(round)} time within ${minutes} min, and never got to its orders`,
  );
}

export function loop(step: Step, client: Client, boot: Boot, reason: string): void {
  fail(step, client, boot, { stage: 'boot', did: 'loop', because: reason, text: 'boot loop' });
}

const ordinal = (n: number): string => `${n}${n === 2 ? 'nd' : n === 3 ? 'rd' : 'th'}`;

export function climb({ now }: Step, boot: Boot, rung: Rung): void {
  boot.reached[rung] ??= now;
  if (rungAt(rung) <= rungAt(boot.rung)) return;
  boot.rung = rung;
  // Somebody sat before a menu: it goes on after all.
  if (boot.outcome === 'stopped' || boot.outcome === 'failed') {
    boot.outcome = 'running';
    boot.ended = undefined;
  }
}

/** Ends a boot, as what it is now known to be. */
export function settle(step: Step, client: Client, boot: Boot, outcome?: BootOutcome): void {
  closeSearch(step, client, boot);
  if (!boot.counted) {
    boot.outcome = 'done';
    boot.ended = step.now;
    return;
  }
  const end = outcome === 'done' ? { outcome, reason: '' } : endOf(boot, step.state.spec);
  boot.outcome = end.outcome;
  boot.ended = step.now;
  if (end.outcome === 'done') client.vain = [];
  else if (client.vain.length < 100) client.vain.push(boot.begun);
  const seconds = Math.max(0, boot.last - boot.begun) / 1000;
  const reason = end.reason === '' ? {} : { because: end.reason };
  const line: Said = {
    stage: 'boot',
    did: end.outcome,
    ...reason,
    more: { rung: boot.rung, seconds },
    text:
      end.outcome === 'done'
        ? `booted in ${seconds.toFixed(1)} s`
        : `${end.outcome} at ${boot.failure?.rung ?? boot.rung} after ${seconds.toFixed(1)} s`,
  };
  if (end.outcome === 'stopped') fail(step, client, boot, line, 'warning');
  else say(step, client, end.outcome === 'done' ? 'good' : 'failure', line);
}

/** Tells of a pxelinux that has asked for its configuration. `hit`: the name it found. */
export function closeSearch(step: Step, client: Client, boot: Boot, hit?: string): void {
  const { search } = boot;
  boot.search = undefined;
  const missed = search?.names ?? [];
  if (hit === undefined && missed.length === 0) return;
  const names = hit === undefined ? missed : [...missed, hit];
  const looked = `looked up ${names.length} name${names.length === 1 ? '' : 's'}`;
  const line: Said = {
    stage: 'pxelinux',
    did: hit === undefined ? 'missed' : 'hit',
    more: { names },
    text: hit === undefined ? `${looked}, and none is there` : `${looked}, hit ${hit}`,
  };
  if (hit !== undefined) {
    boot.found = hit;
    say(step, client, 'good', line);
  } else
    fail(step, client, boot, { ...line, because: `no pxelinux.cfg/ file for it, ${names.at(-1)} included` });
}

export type Said = Pick<LogRecord, 'stage' | 'did' | 'text' | 'because' | 'more'> & {
  /** Of one that is no known client. */
  readonly address?: string;
  /** What is wrong with the boot, where `because` and `text` do not say it alone. */
  readonly wrong?: string;
};

export function say(step: Step, client: Client | undefined, level: Level, said: Said): void {
  const boot = client === undefined ? undefined : bootOf(client, step.now);
  const { stage, did, because, text, more } = said;
  const record: LogRecord = {
    at: step.now,
    level,
    stage,
    boot: boot?.id,
    client: client?.key,
    address: client?.address ?? said.address,
    hostName: client?.hostName,
    did,
    because,
    more,
    text,
  };
  step.records.push(record);
  if (level === 'failure' || level === 'warning') {
    const { failures } = step.state;
    failures.push(record);
    if (failures.length > MAX_FAILURES) failures.shift();
  }
}

/** Says it, and keeps it as what is wrong with the boot until something goes well again. */
export function fail(
  step: Step,
  client: Client,
  boot: Boot | undefined,
  said: Said,
  level: Level = 'failure',
): void {
  say(step, client, level, said);
  if (boot === undefined) return;
  const failure: Failure = { at: step.now, rung: boot.rung, reason: said.wrong ?? said.because ?? said.text };
  boot.failure = failure;
}

export function beginTransfer(
  { state, now }: Step,
  from: string,
  file: string,
  size: number | undefined,
  key: string,
): void {
  if (state.transfers.size >= MAX_TRANSFERS) {
    const [oldest] = state.transfers.keys();
    if (oldest !== undefined) state.transfers.delete(oldest);
  }
  state.transfers.set(from, { file, size, since: now, key });
}
