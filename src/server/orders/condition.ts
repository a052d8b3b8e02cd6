import { type Ipv4Address, ipv4ToNumber, parseIpv4 } from '../../wire/address.ts';
import { architectureCodes } from './client-architecture.ts';
import { compileGlob, isGlob } from './glob.ts';
import type { ClientVariables } from './orders.ts';

/** What one variable has to be: any of the patterns, or none of them. */
export type Condition = { readonly patterns: readonly string[]; readonly not: boolean };

/** How values of a variable are compared. */
export type VariableKind = 'mac' | 'uuid' | 'address' | 'architecture' | 'text';

export type Test = (client: ClientVariables) => boolean;

/** Names operators know a variable by, and the one it has in boot1's query. */
export const ALIASES: Readonly<Record<string, string>> = {
  address: 'ip',
  'user-class': 'userclass',
  'next-server': 'nextserver',
  architecture: 'arch',
};

export function variableName(name: string): string {
  return ALIASES[name] ?? name;
}

/** iPXE's names: `mac`, `net0/mac`, `uuid`. */
export function kindOfVariable(name: string): VariableKind {
  const last = name.slice(name.lastIndexOf('/') + 1);
  switch (variableName(last)) {
    case 'mac':
      return 'mac';
    case 'uuid':
      return 'uuid';
    case 'ip':
      return 'address';
    case 'arch':
      return 'architecture';
    default:
      return 'text';
  }
}

/** The condition as a function over a client. Patterns are taken apart now, values when a client comes. */
export function compileCondition(name: string, { patterns, not }: Condition): Test {
  const matches = compilePatterns(kindOfVariable(name), patterns);
  const values = valuesOf(name);
  return not
    ? (client) => !values(client).some(matches)
    : (client) => {
        // Most conditions meet one value.
        const all = values(client);
        return all.length === 1 ? matches(all[0] ?? '') : all.some(matches);
      };
}

/** True where the client told what the variable is, if only that it is empty. */
export function isKnown(name: string, client: ClientVariables): boolean {
  return variableName(name) === 'arch'
    ? client.has('arch') || client.has('buildarch')
    : client.has(variableName(name));
}

const NONE: readonly string[] = [''];

/** How a client's values of a variable are found. */
export function valuesOf(name: string): (client: ClientVariables) => readonly string[] {
  const wanted = variableName(name);
  if (wanted === 'arch') return (client) => client.get('arch') ?? architectureCodes(client);
  return (client) => client.get(wanted) ?? NONE;
}

function compilePatterns(kind: VariableKind, patterns: readonly string[]): (value: string) => boolean {
  switch (kind) {
    case 'mac': {
      const matches = anyOf(patterns.map((pattern) => compileGlob(macPattern(pattern))));
      return (value) => matches(bareDigits(value));
    }
    case 'uuid': {
      const matches = anyOf(patterns.map((pattern) => compileGlob(bareDigits(pattern))));
      return (value) => {
        const digits = bareDigits(value);
        return matches(digits) || matches(swappedUuid(digits));
      };
    }
    case 'address':
      return anyOf(patterns.map(compileAddress));
    case 'architecture':
      return anyOf(patterns.map((pattern) => compileGlob(pattern.toLowerCase())));
    case 'text':
      return anyOf(patterns.map(compileGlob));
  }
}

function anyOf(tests: readonly ((value: string) => boolean)[]): (value: string) => boolean {
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : (value) => tests.some((test) => test(value));
}

/** iPXE writes MAC addresses with colons or, as `hexhyp`, with dashes: IPXE-004 wants both to be the same client. */
export function bareDigits(text: string): string {
  return text.toLowerCase().replace(/[-:.{}]/g, '');
}

const OUI_DIGITS = 6;

/** Three octets are a vendor's prefix. */
export function macPattern(pattern: string): string {
  const digits = bareDigits(pattern);
  return digits.length === OUI_DIGITS && !isGlob(digits) ? `${digits}*` : digits;
}

/**
 * The other byte order of a UUID's 32 digits: SMBIOS 2.6 made the first three fields little-endian, so the octets on the
 * wire and what iPXE prints differ.
 */
function swappedUuid(digits: string): string {
  const octets = digits.match(/../g);
  if (octets === null || octets.length !== 16) return digits;
  const [a, b, c, d, e, f, g, h, ...rest] = octets;
  return [d, c, b, a, f, e, h, g, ...rest].join('');
}

export type Network = { readonly start: number; readonly size: number };

/** `10.188.0.0/24`. Undefined: not a network, or its address has host bits. */
export function parseNetwork(text: string): Network | undefined {
  const [, addressText = '', prefix] = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(text) ?? [];
  const address: Ipv4Address | undefined = parseIpv4(addressText);
  if (address === undefined) return undefined;
  const size = 2 ** (32 - Number(prefix));
  const start = ipv4ToNumber(address);
  return start % size === 0 ? { start, size } : undefined;
}

function compileAddress(pattern: string): (value: string) => boolean {
  const network = parseNetwork(pattern);
  if (network === undefined) return compileGlob(pattern);
  return (value) => {
    const address = parseIpv4(value);
    if (address === undefined) return false;
    const at = ipv4ToNumber(address) - network.start;
    return at >= 0 && at < network.size;
  };
}
