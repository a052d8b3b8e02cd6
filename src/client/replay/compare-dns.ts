import { parseIpv4 } from '../../wire/address.ts';
import type { DnsMessage, DnsRecord } from '../../wire/dns.ts';
import type { Difference } from './difference.ts';
import type { Roles } from './roles.ts';

/** Addresses of the recorded answer stand for those of now, in their order: whoever is asked next is looked up so. */
export function learnHosts(recorded: DnsMessage, got: DnsMessage, roles: Roles): void {
  const now = addressesOf(got);
  for (const [i, address] of addressesOf(recorded).entries()) {
    const other = now[i] ?? now[0];
    if (other !== undefined) roles.renew('host', address, other);
  }
}

/** Compares two answers by meaning: the response code, and the records as a set, addresses by the host that they are. */
export function compareDns(recorded: DnsMessage, got: DnsMessage, roles: Roles): readonly Difference[] {
  const found: Difference[] = [];
  const differ = (field: string, before: string | undefined, now: string | undefined): void => {
    if (before !== now) found.push({ field, recorded: before, got: now });
  };
  differ('response code', recorded.rcode, got.rcode);
  const [before, now] = [recorded.answers, got.answers];
  differ('records', recordsText(before, roles), recordsText(now, undefined));
  return found;
}

function addressesOf({ answers }: DnsMessage) {
  return answers.flatMap((record) => {
    const address = record.kind === 'address' ? parseIpv4(record.address) : undefined;
    return address === undefined ? [] : [address];
  });
}

/** Names are left out: the question may be for another one now. With `roles`, addresses as they have to be now. */
function recordsText(records: readonly DnsRecord[], roles: Roles | undefined): string | undefined {
  const texts = records.map((record) => {
    const address = record.kind === 'address' ? parseIpv4(record.address) : undefined;
    return `${record.type} ${address === undefined || roles === undefined ? record.text : roles.of(address, 'host')}`;
  });
  return texts.length === 0 ? undefined : texts.sort().join(', ');
}
