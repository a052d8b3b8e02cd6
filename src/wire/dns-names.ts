/** Numbers and names of DNS types and classes: IANA's "Domain Name System (DNS) Parameters"; RFC 3597 §5 for the rest. */
import { WireError } from './wire-error.ts';

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  39: 'DNAME',
  41: 'OPT',
  64: 'SVCB',
  65: 'HTTPS',
  252: 'AXFR',
  255: 'ANY',
  257: 'CAA',
};
const CLASSES: Readonly<Record<number, string>> = { 1: 'IN', 2: 'CS', 3: 'CH', 4: 'HS', 255: 'ANY' };

/** `A`; without a name `TYPE65280`. */
export function typeName(type: number): string {
  return TYPES[type] ?? `TYPE${type}`;
}

/** Throws WireError (WIRE_UNENCODABLE) for what typeName does not return. */
export function typeNumber(name: string): number {
  return numberOf(TYPES, 'TYPE', name);
}

/** `IN`; without a name `CLASS4096`. */
export function className(value: number): string {
  return CLASSES[value] ?? `CLASS${value}`;
}

/** Throws WireError (WIRE_UNENCODABLE) for what className does not return. */
export function classNumber(name: string): number {
  return numberOf(CLASSES, 'CLASS', name);
}

function numberOf(table: Readonly<Record<number, string>>, prefix: 'TYPE' | 'CLASS', name: string): number {
  const known = Object.entries(table).find(([, known]) => known === name)?.[0];
  const digits = known ?? (name.startsWith(prefix) ? name.slice(prefix.length) : '');
  const value = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || value > 0xffff) {
    const wanted = `wanted ${Object.values(table).join(', ')} or ${prefix}0 to ${prefix}65535`;
    throw new WireError('WIRE_UNENCODABLE', 0, prefix.toLowerCase(), `${wanted}, got "${name}"`);
  }
  return value;
}
