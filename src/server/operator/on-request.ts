import type { ServerEvent } from '../event.ts';
import type { Boot, Client } from './boot.ts';
import { rungAt } from './boot.ts';
import {
  beginBoot,
  beginTransfer,
  bootOf,
  clientAt,
  clientOf,
  climb,
  closeSearch,
  count,
  fail,
  forget,
  giveAddress,
  loop,
  type Said,
  type Step,
  say,
  settle,
} from './boots.ts';
import { boot2Path, lookupName, pathOf } from './request-path.ts';
import { octetsText, secondsText } from './units.ts';

type TftpEvent = Extract<ServerEvent, { stage: 'tftp' }>;
type HttpEvent = Extract<ServerEvent, { stage: 'http' }>;
type OrdersEvent = Extract<ServerEvent, { stage: 'orders' }>;

/** iPXE and browsers ask for these by themselves, and do without. */
const OPTIONAL = /(^|\/)(autoexec\.ipxe|favicon\.ico)$/;
/** Orders after which the client leaves this server for good. */
const LEAVES = new Set(['exit', 'sanboot', 'shell', 'reboot', 'poweroff']);
const MAX_NAMES = 32;
/** Scripts that send a client to its own orders again and again. */
const LOOP_ORDERS = 5;
const MAC_DIGITS = /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i;

const hostOf = (from: string): string => from.slice(0, from.lastIndexOf(':'));

export function onTftp(step: Step, event: TftpEvent): void {
  const address = hostOf(event.client);
  const client = clientAt(step, address) ?? newcomer(step, address);
  const boot = bootOf(client, step.now) ?? beginBoot(step, client, 'unnamed', true);
  boot.last = step.now;
  boot.latest = event.file;
  count(step, client, boot);
  const { file, did, because } = event;
  const name = JSON.stringify(file);
  const since = step.state.transfers.get(event.client)?.since;
  const seconds = event.seconds ?? (since === undefined ? undefined : Math.max(0, step.now - since) / 1000);
  if (did !== 'started') step.state.transfers.delete(event.client);
  const { stage: _stage, client: from, did: _did, because: _because, ...rest } = event;
  const more = { from, ...rest, ...(seconds === undefined ? {} : { seconds }) };
  const said = (text: string): Said => ({
    stage: 'tftp',
    did,
    ...(because === undefined ? {} : { because }),
    more,
    text,
  });
  switch (did) {
    case 'started':
      beginTransfer(step, from, file, event.octets, client.key);
      loads(step, client, boot, file, 'tftp');
      say(step, client, 'quiet', said(`begins to load ${name}`));
      return;
    case 'complete': {
      const lookup = lookupName(file);
      if (lookup !== undefined) {
        closeSearch(step, client, boot, lookup);
        return;
      }
      succeeded(step, client, boot);
      if (boot.rung === 'loader') boot.loaded = file;
      const time = seconds === undefined ? '' : ` in ${secondsText(seconds)}`;
      say(step, client, 'info', said(`${name}, ${octetsText(event.octets ?? 0)}${time}`));
      return;
    }
    case 'size-probe':
      say(step, client, 'quiet', said(`asked how large ${name} is`));
      return;
    case 'refused': {
      const lookup = lookupName(file);
      if (lookup !== undefined) missed(step, boot, lookup);
      if (lookup !== undefined || OPTIONAL.test(file)) {
        say(step, client, 'quiet', said(`has no ${name}`));
        return;
      }
      fail(step, client, boot, {
        ...said(`refused ${name}`),
        wrong: `TFTP ${file}: ${because ?? 'refused'}`,
      });
      return;
    }
    case 'aborted':
    case 'timed-out': {
      const how = did === 'aborted' ? 'broke off' : 'timed out';
      const got = event.octets === undefined ? '' : ` after ${octetsText(event.octets)}`;
      fail(step, client, boot, {
        ...said(`${name} ${how}${got}`),
        wrong: `TFTP ${file} ${how}${because === undefined ? '' : `: ${because}`}`,
      });
      return;
    }
    default:
      did satisfies never;
  }
}

export function onHttp(step: Step, event: HttpEvent): void {
  const address = hostOf(event.client);
  const client = clientAt(step, address);
  const { method, target, path } = pathOf(event.did);
  const name = `${method === 'GET' ? '' : `${method} `}${JSON.stringify(target)}`;
  const { stage: _stage, client: from, ...rest } = event;
  const time = event.seconds === undefined || event.seconds < 0.1 ? '' : ` in ${secondsText(event.seconds)}`;
  const good = event.status < 400 && event.because === undefined;
  const broken = event.because === undefined ? '' : ` broke off after ${octetsText(event.octets)}`;
  const said: Said = {
    stage: 'http',
    did: event.did,
    more: {
      from,
      status: rest.status,
      octets: rest.octets,
      ...(rest.seconds === undefined ? {} : { seconds: rest.seconds }),
    },
    ...(event.because === undefined ? {} : { because: event.because }),
    text: good
      ? `${name}, ${octetsText(event.octets)}${time}`
      : event.status < 400
        ? `${name}${broken}`
        : `${event.status} for ${name}`,
  };
  if (client === undefined) {
    // No client of ours, as far as is known: a browser, a monitor, an operating system with an address of its own.
    say(step, undefined, good ? 'info' : 'warning', {
      ...said,
      text: `${said.text} to ${address}`,
    });
    return;
  }
  const boot = bootOf(client, step.now);
  if (boot !== undefined) {
    boot.last = step.now;
    boot.latest = path;
  }
  const lookup = lookupName(path);
  if (!good) {
    if (lookup !== undefined && boot !== undefined) missed(step, boot, lookup);
    if (lookup !== undefined || OPTIONAL.test(path)) say(step, client, 'quiet', said);
    else
      fail(step, client, boot, {
        ...said,
        wrong: `HTTP ${event.status < 400 ? `${target}${broken}` : `${event.status} for ${target}`}`,
      });
    return;
  }
  if (boot === undefined) {
    say(step, client, 'info', said);
    return;
  }
  count(step, client, boot);
  if (lookup !== undefined) {
    climb(step, boot, 'orders');
    closeSearch(step, client, boot, lookup);
    return;
  }
  succeeded(step, client, boot);
  const isOrders = path === boot2Path(step.state.spec.boot2);
  if (!isOrders) loads(step, client, boot, path, 'http');
  if (boot.rung === 'loader') boot.loaded = path;
  // The line of its orders follows.
  say(step, client, isOrders ? 'quiet' : 'info', said);
}

export function onOrders(step: Step, event: OrdersEvent): void {
  const from = event.from === undefined ? undefined : hostOf(event.from);
  const client = orderedClient(step, event.client, from);
  const boot = bootOf(client, step.now) ?? beginBoot(step, client, 'ipxe', true);
  boot.last = step.now;
  count(step, client, boot);
  climb(step, boot, 'boot2');
  const { did, target, because } = event;
  const text = target === undefined ? did : `${did} ${target}`;
  boot.order = text;
  boot.rule = because;
  boot.ordered++;
  succeeded(step, client, boot);
  const more = { order: did, target, from };
  say(step, client, 'info', { stage: 'orders', did, because, more, text });
  if (boot.ordered % LOOP_ORDERS === 0) {
    loop(step, client, boot, `it has asked for its orders ${boot.ordered} times in this boot`);
  }
  if (LEAVES.has(did)) settle(step, client, boot, 'done');
}

/** By its address, which DHCP gave it; where that is not known, by the MAC address it says it has. */
function orderedClient(step: Step, says: string, address: string | undefined): Client {
  const mac = MAC_DIGITS.test(says)
    ? (says.toLowerCase().replace(/[:-]/g, '').match(/../g) ?? []).join(':')
    : undefined;
  const known = address === undefined ? undefined : clientAt(step, address);
  if (known !== undefined && (known.mac !== undefined || mac === undefined)) return known;
  if (mac === undefined) return clientOf(step, address ?? 'unknown');
  const client = clientOf(step, mac, mac);
  if (known !== undefined) {
    // It was a client without a name until now: what it did is this one's.
    if (client.boot === undefined || client.boot.outcome !== 'running') client.boot = known.boot;
    forget(step.state, known);
  }
  if (address !== undefined) giveAddress(step.state, client, address);
  return client;
}

function newcomer(step: Step, address: string): Client {
  const client = clientOf(step, address);
  giveAddress(step.state, client, address);
  return client;
}

/** How far a file takes a boot. */
function loads(step: Step, client: Client, boot: Boot, file: string, by: 'tftp' | 'http'): void {
  const wanted = boot.file === undefined ? undefined : pathOf(`GET ${boot.file}`).path;
  const isNamed = wanted !== undefined && bare(wanted) === bare(file);
  if (rungAt(boot.rung) < rungAt('ipxe')) {
    boot.loadedBy = by;
    climb(step, boot, boot.rung === 'loader' && boot.loaded !== undefined && !isNamed ? 'orders' : 'loader');
  } else if (boot.loaded !== undefined && bare(boot.loaded) === bare(file)) {
    loop(step, client, boot, `iPXE loads ${file} again`);
  } else if (isNamed) climb(step, boot, 'boot1');
  else climb(step, boot, 'orders');
}

const bare = (path: string): string => path.replace(/^\/+/, '');

function missed(step: Step, boot: Boot, name: string): void {
  boot.search ??= { names: [], last: step.now };
  boot.search.last = step.now;
  if (boot.search.names.length < MAX_NAMES) boot.search.names.push(name);
  climb(step, boot, 'orders');
}

function succeeded(step: Step, client: Client, boot: Boot): void {
  if (boot.search !== undefined) closeSearch(step, client, boot);
  else if (boot.failure !== undefined && boot.outcome === 'running') boot.failure = undefined;
}
