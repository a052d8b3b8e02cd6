/**
 * dnsmasq's file of leases (dhcp-leasefile; lease.c, lease_update_file):
 *
 *   <end, seconds since 1970, 0: never> SP [<hardware type>-]<hardware address> SP <address> SP <host name|*> SP <option 61|*>
 *
 * Octets are hex with colons. A line `duid <hex>` begins the DHCPv6 part, which is only counted. Not handled: files of a dnsmasq
 * built for machines without a clock (HAVE_BROKEN_RTC), which have the length of a lease in place of its end.
 */
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { fromHex } from '../../wire/bytes.ts';

export type DnsmasqLease = {
  /** From 1. */
  readonly line: number;
  /** Milliseconds since 1970 UTC; undefined: it never ends. */
  readonly until: number | undefined;
  readonly htype: number;
  readonly hardware: Uint8Array;
  readonly address: Ipv4Address;
  readonly hostName: string | undefined;
  /** Option 61. */
  readonly clientId: Uint8Array | undefined;
};

export type DnsmasqLeases = {
  readonly leases: readonly DnsmasqLease[];
  readonly malformed: readonly { readonly line: number; readonly problem: string }[];
  /** Leases of DHCPv6, which are not for this server. */
  readonly ipv6: number;
};

const ETHERNET = 1;
const MOST_HARDWARE_OCTETS = 16;
/** A hundred thousand years: what a Date can say, and more than a u32 of seconds. */
const MOST_SECONDS = 8.64e12;

/** Never throws: a line that cannot be read is named, and the others count. */
export function parseDnsmasqLeases(text: string): DnsmasqLeases {
  const leases: DnsmasqLease[] = [];
  const malformed: { line: number; problem: string }[] = [];
  let ipv6 = 0;
  let inIpv6 = false;
  for (const [at, whole] of text.split('\n').entries()) {
    const words = whole.trim().split(/\s+/);
    if (words[0] === '') continue;
    if (words[0] === 'duid') inIpv6 = true;
    else if (inIpv6) ipv6++;
    else {
      const read = readLine(at + 1, words);
      if (typeof read === 'string') malformed.push({ line: at + 1, problem: read });
      else leases.push(read);
    }
  }
  return { leases, malformed, ipv6 };
}

/** A text is what is wrong. */
function readLine(line: number, words: readonly string[]): DnsmasqLease | string {
  const [end = '', client = '', addressText = '', hostName = '', id = ''] = words;
  if (words.length !== 5) return `wanted 5 words, got ${words.length}`;
  if (!/^\d{1,13}$/.test(end) || Number(end) > MOST_SECONDS) {
    return `end: wanted seconds since 1970, got "${end}"`;
  }
  const [, typeText, octetsText = ''] = /^(?:([0-9a-f]{2,4})-)?(.*)$/i.exec(client) ?? [];
  const hardware = octetsText === '' && typeText !== undefined ? new Uint8Array(0) : octetsOf(octetsText);
  if (hardware === undefined || hardware.length > MOST_HARDWARE_OCTETS) {
    return `hardware address: wanted octets like 00:12:34:56:78:90, got "${client}"`;
  }
  const address = parseIpv4(addressText);
  if (address === undefined) return `address: wanted one like 10.188.0.66, got "${addressText}"`;
  const clientId = id === '*' ? undefined : octetsOf(id);
  if (id !== '*' && clientId === undefined) return `client identifier: wanted octets or *, got "${id}"`;
  return {
    line,
    until: Number(end) === 0 ? undefined : 1000 * Number(end),
    htype: typeText === undefined ? ETHERNET : Number.parseInt(typeText, 16),
    hardware,
    address,
    hostName: hostName === '*' ? undefined : hostName,
    clientId,
  };
}

function octetsOf(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(text) ? fromHex(text.replaceAll(':', '')) : undefined;
}
