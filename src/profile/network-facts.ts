/** ARP, IPv4 and IPv6 headers, neighbours and routers. */
import type { FactSheet } from './fact-sheet.ts';
import type { HabitOf } from './habit.ts';
import type { Roles } from './roles.ts';
import { framesOf, retryFacts, seconds } from './tries.ts';

export function addArpFacts(
  sheet: FactSheet,
  habits: readonly HabitOf<'arp'>[],
  roles: Roles,
  lastNs: bigint,
): void {
  const of = (what: HabitOf<'arp'>['what']): readonly HabitOf<'arp'>[] =>
    habits.filter((habit) => habit.what === what);
  const requests = of('request');
  if (requests.length > 0) {
    const targets = [...new Set(requests.map(({ target }) => roles.of(target)))];
    sheet.add('arp', 'requests', { targets, ...retryFacts(requests, lastNs) }, framesOf(requests));
  }
  for (const [subject, those] of [
    ['probes', of('probe')],
    ['announcements', of('announcement')],
  ] as const) {
    if (those.length === 0) continue;
    const form = [...new Set(those.map(({ operation }) => (operation === 1 ? 'request' : 'reply')))];
    sheet.add('arp', subject, { form, count: those.length }, framesOf(those));
  }
  const replies = of('reply');
  const asked = of('was-asked');
  if (replies.length + asked.length > 0)
    sheet.add('arp', 'replies', { answers: replies.length > 0 }, framesOf([...asked, ...replies]));
}

export function addHeaderFacts(sheet: FactSheet, habits: readonly HabitOf<'header'>[]): void {
  const groups = Map.groupBy(habits, ({ version, protocol }) => `${version}.${protocol}` as const);
  for (const those of groups.values()) {
    const [{ version, protocol }] = those as [HabitOf<'header'>];
    // Which came first is chance where two connections are open.
    const headers = [...new Set(those.map(({ text }) => text))].sort();
    sheet.add(
      version,
      protocol,
      { headers },
      those.map(({ frame }) => frame),
    );
  }
}

/** `discoversNs`: when it sent DISCOVERs. */
export function addIpv6Facts(
  sheet: FactSheet,
  habits: readonly HabitOf<'neighbour'>[],
  roles: Roles,
  discoversNs: readonly bigint[],
  lastNs: bigint,
): void {
  const of = (what: HabitOf<'neighbour'>['what']): readonly HabitOf<'neighbour'>[] =>
    habits.filter((habit) => habit.what === what);
  const solicited = of('router-solicitation');
  const [first] = solicited;
  if (first !== undefined) {
    const discover = discoversNs.find((timeNs) => timeNs >= first.timeNs);
    const facts = {
      from: addressKind(first.from),
      options: [...first.options],
      ...retryFacts(solicited, lastNs),
      ...(discover === undefined ? {} : { 'before-dhcp-seconds': seconds(first.timeNs, discover) }),
    };
    sheet.add('ipv6', 'router', facts, framesOf(solicited));
  }
  const detected = of('address-detection');
  const asked = of('neighbour-solicitation');
  const neighbours = [...detected, ...asked];
  if (neighbours.length > 0) {
    const targets = [
      ...new Set(
        asked.map(({ target }) => (target.startsWith('fe80:') ? 'link-local address' : roles.of(target))),
      ),
    ];
    const facts = { 'duplicate-address-detection': detected.length > 0, targets };
    sheet.add('ipv6', 'neighbours', facts, framesOf(neighbours));
  }
  const reports = of('group-report');
  if (reports.length > 0) {
    const kinds = [...new Set(reports.map(({ target }) => target))].sort();
    sheet.add('ipv6', 'groups', { reports: kinds }, framesOf(reports));
  }
}

function addressKind(ip: string): string {
  return ip === '::' ? 'no address' : ip.startsWith('fe80:') ? 'link-local address' : 'another address';
}
