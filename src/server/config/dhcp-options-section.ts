import { didYouMean } from '../../config/nearest.ts';
import type { FieldPath } from '../../config/schema-problems.ts';
import { type Ipv4Address, parseIpv4 } from '../../wire/address.ts';
import { fromHex } from '../../wire/bytes.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { type ClasslessRoute, classlessRoutesOption } from '../../wire/dhcp/opt-classless-routes.ts';
import { domainSearchOption } from '../../wire/dhcp/opt-domain-search.ts';
import { u8Option, u16Option, u32Option } from '../../wire/dhcp/opt-numbers.ts';
import { textOption } from '../../wire/dhcp/opt-text.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { parseIscsiRootPath } from '../../wire/iscsi-root-path.ts';
import { WireError } from '../../wire/wire-error.ts';
import type { ConfiguredOptions } from '../dhcp/dhcp-config.ts';
import type { ConfigProblems } from './config-problems.ts';
import { KNOWN_OPTIONS, knownOption, type OptionKind, refusedOption } from './dhcp-option-kinds.ts';
import type { RawOptions, RawTypedValue } from './dhcp-options-schema.ts';
import { networkOf } from './networks.ts';

type RawValue = RawOptions[string];

const NO_OPTIONS: ConfiguredOptions = { values: new Map(), always: new Set() };

/** No message has room for more, whatever the client says that it takes. */
const MOST_OCTETS = 1200;
/** RFC 2132 §5.1. */
const LEAST_MTU = 68;

export function readOptions(
  raw: RawOptions | undefined,
  path: FieldPath,
  problems: ConfigProblems,
): ConfiguredOptions {
  if (raw === undefined) return NO_OPTIONS;
  const values = new Map<number, Uint8Array>();
  const always = new Set<number>();
  for (const [name, value] of Object.entries(raw)) {
    const here = [...path, name];
    const known = knownOption(name);
    const code = known?.code ?? Number(name);
    if (Number.isNaN(code)) {
      problems.add(
        here,
        `no option is called "${name}"`,
        didYouMean(name, [...KNOWN_OPTIONS.keys()]) ?? BY_NUMBER,
      );
      continue;
    }
    const refused = refusedOption(code) ?? (code > OPTION.end ? 'options go from 1 to 254' : undefined);
    if (refused !== undefined) {
      problems.add(here, `option ${code} cannot be set here: ${refused}`);
      continue;
    }
    if (values.has(code)) problems.add(here, `option ${code} stands twice, by name and by number`);
    const read = encode(value, known?.kind, code);
    if (typeof read === 'string') {
      problems.add(here, read);
      continue;
    }
    values.set(code, read);
    const isForced = isTyped(value) ? value.always : undefined;
    if (isForced ?? known?.always ?? false) always.add(code);
  }
  return { values, always };
}

const BY_NUMBER = 'options without a name here are set by their number, as in 224: { text: ... }';

/** Those of `over` where both have one. */
export function overlaid(under: ConfiguredOptions, over: ConfiguredOptions): ConfiguredOptions {
  if (over.values.size === 0) return under;
  const always = [...under.always].filter((code) => !over.values.has(code));
  return {
    values: new Map([...under.values, ...over.values]),
    always: new Set([...always, ...over.always]),
  };
}

/** The option's octets, or what is wrong with the value. */
function encode(value: RawValue, kind: OptionKind | undefined, code: number): Uint8Array | string {
  const given = kindAndValue(value, kind);
  if (typeof given === 'string') return given;
  try {
    const octets = ENCODERS[given.kind](given.value);
    if (typeof octets === 'string') return octets;
    if (octets.length === 0) return 'wanted a value: no option is empty';
    if (octets.length > MOST_OCTETS) return `wanted at most ${MOST_OCTETS} octets, got ${octets.length}`;
    return checkMeaning(code, given.value) ?? octets;
  } catch (error) {
    if (error instanceof WireError) return error.message;
    throw error;
  }
}

function isTyped(value: RawValue): value is RawTypedValue {
  return typeof value === 'object' && !Array.isArray(value);
}

function kindAndValue(
  value: RawValue,
  known: OptionKind | undefined,
): { readonly kind: OptionKind; readonly value: unknown } | string {
  if (!isTyped(value)) {
    return known === undefined
      ? 'wanted a value with its kind, such as { text: ... } or { ips: [...] }: this option is not known here'
      : { kind: known, value };
  }
  const [first, ...more] = (Object.keys(ENCODERS) as OptionKind[]).filter(
    (kind) => value[kind] !== undefined,
  );
  if (first === undefined || more.length > 0) {
    return `wanted one of ${Object.keys(ENCODERS).join(', ')}; got ${[first, ...more].filter(Boolean).join(' and ') || 'none'}`;
  }
  if (known !== undefined && first !== known && first !== 'hex') {
    return `wanted ${known} (or hex) for this option, got ${first}`;
  }
  return { kind: first, value: value[first] };
}

type Encoder = (value: unknown) => Uint8Array | string;

const ENCODERS: Readonly<Record<OptionKind, Encoder>> = {
  text: (value) =>
    typeof value === 'string' && /^[ -~]+$/.test(value)
      ? textOption(value)
      : `wanted a text of printable ASCII, got ${show(value)}`,
  ip: (value) => addresses(Array.isArray(value) && value.length !== 1 ? undefined : value, 'one address'),
  ips: (value) => addresses(value, 'addresses'),
  u8: (value) => number(value, 0xff, u8Option),
  u16: (value) => number(value, 0xffff, u16Option),
  u32: (value) => number(value, 0xffffffff, u32Option),
  bool: (value) =>
    typeof value === 'boolean' ? u8Option(value ? 1 : 0) : `wanted true or false, got ${show(value)}`,
  hex: (value) => {
    const digits = typeof value === 'string' ? value.replace(/[\s:-]/g, '') : '';
    return /^([0-9a-f]{2})+$/i.test(digits)
      ? fromHex(digits)
      : `wanted octets in hex, like 01 0a ff, got ${show(value)}`;
  },
  routes: (value) => {
    const routes = listOf(value).map(readRoute);
    const wrong = routes.find((route) => typeof route === 'string');
    return wrong ?? classlessRoutesOption(routes.filter((route) => typeof route !== 'string'));
  },
  domains: (value) => domainSearchOption(listOf(value)),
};

function addresses(value: unknown, wanted: string): Uint8Array | string {
  const found = listOf(value).map(parseIpv4);
  return found.length > 0 && found.every((address): address is Ipv4Address => address !== undefined)
    ? addressesOption(...found)
    : `wanted ${wanted}, got ${show(value)}`;
}

function number(value: unknown, most: number, encoded: (value: number) => Uint8Array): Uint8Array | string {
  return typeof value === 'number' && value <= most
    ? encoded(value)
    : `wanted a whole number up to ${most}, got ${show(value)}`;
}

function readRoute(text: string): ClasslessRoute | string {
  const [, destinationText = '', width = '', routerText = ''] =
    /^(\S+)\/(\d{1,2}) via (\S+)$/.exec(text) ?? [];
  const [destination, router] = [parseIpv4(destinationText), parseIpv4(routerText)];
  if (destination === undefined || router === undefined || Number(width) > 32) {
    return `wanted a route like "10.0.0.0/8 via 10.188.0.1", got "${text}"`;
  }
  const network = networkOf(destination, Number(width));
  if (network !== destination) return `${destination} is inside the network ${network}/${width}`;
  return { destination, width: Number(width), router };
}

/** RFC 2132's limits that the form of the value does not show. */
function checkMeaning(code: number, value: unknown): string | undefined {
  switch (code) {
    case OPTION.interfaceMtu:
      return typeof value === 'number' && value < LEAST_MTU
        ? `wanted an MTU of at least ${LEAST_MTU}, got ${value}`
        : undefined;
    case OPTION.staticRoute:
      return listOf(value).length % 2 === 0 ? undefined : 'wanted pairs of addresses: destination, router';
    case OPTION.rootPath: {
      if (typeof value !== 'string' || !value.startsWith('iscsi:')) return undefined;
      const path = parseIscsiRootPath(value);
      return typeof path === 'string' ? path : undefined;
    }
    default:
      return undefined;
  }
}

const listOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
