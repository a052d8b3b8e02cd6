import type { HttpEvent, Story } from '../story/event.ts';
import { httpHeader } from '../wire/http.ts';
import {
  type CaptureFacts,
  dhcpEvents,
  type Finding,
  framesOf,
  httpEvents,
  pathOf,
  silence,
} from './finding.ts';
import { lookupEvents } from './lookups.ts';

/** HTTP: refusals, redirections, answers without a length, and none at all. */
export function httpFindings(story: Story, capture: CaptureFacts): readonly Finding[] {
  const lookups = lookupEvents(story);
  return httpEvents(story).flatMap((event) => (lookups.has(event) ? [] : httpOutcome(event, story, capture)));
}

function httpOutcome(event: HttpEvent, story: Story, capture: CaptureFacts): readonly Finding[] {
  const { method, response } = event;
  const path = pathOf(event);
  const frames = framesOf(event);
  if (response === undefined && event.skipped > 0) return [];
  if (response === undefined) {
    const why = silence(event, capture, 'the server is busy or has gone away');
    return [{ id: 'http.unanswered', says: `${method} ${path}: no answer`, ...why, frames }];
  }
  const { status, reason } = response;
  const isFirmware =
    event.stage === 'firmware' &&
    dhcpEvents(story).some(({ identity }) => identity.vendorClassKind === 'HTTPClient');
  if (status >= 400) {
    const goesOn = story.events.some(({ kind, timeNs }) => kind === 'http' && timeNs > event.endNs);
    return [
      {
        id: 'http.refused',
        weight: goesOn ? 'warning' : 'failure',
        says: `${method} ${path}: ${status} ${reason}`,
        frames,
      },
    ];
  }
  if (status >= 300 && status !== 304) {
    const to = httpHeader(response.headers, 'location') ?? 'nowhere';
    return [
      {
        id: 'http.redirect',
        weight: isFirmware ? 'failure' : 'note',
        says: `${method} ${path}: ${status}, to ${to}`,
        ...whyRedirected(path, to, isFirmware),
        frames,
      },
    ];
  }
  const found: Finding[] = [];
  if (isFirmware && response.headers.some(([name, value]) => /^server$/i.test(name) && value.trim() === '')) {
    found.push({
      id: 'http.empty-header',
      weight: 'warning',
      says: `${method} ${path}: the answer has a header Server without a value`,
      because: 'some UEFI firmware stops at it (tianocore/edk2#7443)',
      frames,
    });
  }
  const isChunked = httpHeader(response.headers, 'transfer-encoding') !== undefined;
  if (status === 200 && httpHeader(response.headers, 'content-length') === undefined && !isChunked) {
    found.push({
      id: 'http.no-length',
      weight: isFirmware ? 'failure' : 'note',
      says: `${method} ${path}: the answer does not say how long it is`,
      because: 'without Content-Length a broken connection looks like the end, and UEFI HTTP boot gives up',
      frames,
    });
  }
  // Of an answer with a hole nobody knows whether it came to its end.
  if (!response.complete && method !== 'HEAD' && event.skipped === 0) {
    found.push({
      id: 'http.broken-off',
      ...silence(event, capture, 'the server or the path between broke down, or the client had enough'),
      says: `${method} ${path}: broken off after ${response.octets.toLocaleString('en')} octets`,
      frames,
    });
  }
  return found;
}

/** R44: two slashes in a row are what servers most often put right by a redirection. */
function whyRedirected(path: string, to: string, isFirmware: boolean): Pick<Finding, 'because' | 'remedy'> {
  const slashes = /\/\//.test(path)
    ? 'the path has two slashes in a row, which the server puts right'
    : undefined;
  if (!isFirmware) return slashes === undefined ? {} : { because: slashes };
  const follows = 'UEFI HTTP boot follows no redirection';
  return {
    because: slashes === undefined ? follows : `${slashes}; ${follows}`,
    remedy: `boot from ${to}`,
  };
}
