import type { ServerEvent } from '../event.ts';
import {
  type BootsState,
  bootOf,
  clientAt,
  clientOf,
  closeSearch,
  fail,
  type Step,
  say,
  settle,
} from './boots.ts';
import type { LogRecord } from './log-record.ts';
import { onDhcp } from './on-dhcp.ts';
import { onHttp, onOrders, onTftp } from './on-request.ts';

/** An offer that nobody takes: the client chose another server's, or cannot hear us. EDK2 collects offers for 4 s. */
const OFFER_MS = 10_000;
/** pxelinux's names come one right after the other. */
const SEARCH_MS = 3000;
/** A boot of which nothing is heard: long enough for a large kernel and for most memory tests. */
const QUIET_MS = 90_000;

/** `now` in milliseconds, on a clock that does not go back. */
export function stepBoots(
  state: BootsState,
  event: ServerEvent,
  now: number,
): readonly [BootsState, readonly LogRecord[]] {
  const step: Step = { state, now, records: [] };
  switch (event.stage) {
    case 'dhcp':
      onDhcp(step, event);
      break;
    case 'tftp':
      onTftp(step, event);
      break;
    case 'http':
      onHttp(step, event);
      break;
    case 'orders':
      onOrders(step, event);
      break;
    case 'dns': {
      const client = clientAt(step, event.client.slice(0, event.client.lastIndexOf(':')));
      const boot = client === undefined ? undefined : bootOf(client, now);
      if (boot !== undefined) boot.last = now;
      const failed = /: (NXDOMAIN|REFUSED|SERVFAIL|FORMERR|NOTIMP)$/.test(event.did);
      const said = { stage: 'dns', did: event.did, more: { from: event.client }, text: event.did };
      say(step, client, failed ? 'info' : 'quiet', said);
      break;
    }
    case 'boot-loop': {
      const { file, times, seconds, because } = event;
      const client = clientOf(step, event.client);
      fail(step, client, bootOf(client, now), {
        stage: 'boot-loop',
        did: 'again',
        because,
        text: `told to boot ${file} ${times} times in ${seconds} s`,
        more: { file, times, seconds },
      });
      break;
    }
    case 'bad-input': {
      const { protocol, because, client } = event;
      const text = `octets that are no ${protocol}`;
      say(step, undefined, 'warning', {
        stage: 'bad-input',
        did: protocol,
        because,
        address: client,
        text,
      });
      break;
    }
    case 'server': {
      const { did, reload } = event;
      const level = reload === 'refused' ? 'failure' : /^warning\b/.test(did) ? 'warning' : 'info';
      say(step, undefined, level, { stage: 'server', did, text: did });
      break;
    }
    default:
      event satisfies never;
  }
  return [state, step.records];
}

/** What time alone brings: offers nobody took, searches that ended, boots of which nothing more is heard. */
export function tickBoots(state: BootsState, now: number): readonly [BootsState, readonly LogRecord[]] {
  const step: Step = { state, now, records: [] };
  for (const client of state.clients.values()) {
    const { boot } = client;
    if (boot === undefined || boot.outcome !== 'running') continue;
    if (boot.search !== undefined && now - boot.search.last >= SEARCH_MS) {
      closeSearch(step, client, boot);
      client.changed = ++state.version;
    }
    if (boot.offer !== undefined && now - boot.offer.at >= OFFER_MS) {
      const { text } = boot.offer;
      boot.offer = undefined;
      const because = 'no REQUEST came for it';
      fail(step, client, boot, { stage: 'dhcp', did: 'not-taken', because, text }, 'warning');
      client.changed = ++state.version;
    }
    if (now - boot.last >= QUIET_MS && !isLoading(state, client.key)) {
      settle(step, client, boot);
      client.changed = ++state.version;
    }
  }
  return [state, step.records];
}

function isLoading(state: BootsState, key: string): boolean {
  for (const transfer of state.transfers.values()) if (transfer.key === key) return true;
  return false;
}
