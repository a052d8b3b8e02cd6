/** One line of text for one option: its code, name and value as people write it; hex where the value has another form. */
import { toHex } from '../bytes.ts';
import type { ParseResult } from '../wire-error.ts';
import type { DhcpOption } from './message.ts';
import { parseAddresses } from './opt-addresses.ts';
import { formatClasslessRoute, parseClasslessRoutes } from './opt-classless-routes.ts';
import { formatClientArchitectures, parseClientArchitectures } from './opt-client-architecture.ts';
import { formatClientIdentifier, parseClientIdentifier } from './opt-client-identifier.ts';
import { formatClientInterface, parseClientInterface } from './opt-client-interface.ts';
import { formatClientMachineId, parseClientMachineId } from './opt-client-machine-id.ts';
import { parseDomainSearch } from './opt-domain-search.ts';
import { formatIpxeOptions, parseIpxeOptions } from './opt-ipxe.ts';
import { formatMessageType, parseMessageType } from './opt-message-type.ts';
import { INFINITE_LEASE, parseU8, parseU16, parseU32 } from './opt-numbers.ts';
import { formatParameterRequestList, parseParameterRequestList } from './opt-parameter-request-list.ts';
import { formatPxeVendorOptions, parsePxeVendorOptions } from './opt-pxe-vendor.ts';
import { formatRelayAgentInformation, parseRelayAgentInformation } from './opt-relay-agent.ts';
import { formatText, parseText, quoteText } from './opt-text.ts';
import { formatUserClass, parseUserClass } from './opt-user-class.ts';
import { formatVendorClass, parseVendorClass } from './opt-vendor-class.ts';
import { OPTION, optionName } from './option-codes.ts';

const ADDRESS_CODES = [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 28, 32, 41, 42, 44, 45, 48, 49, 50, 54, 65, 68];
const TEXT_CODES = [12, 14, 15, 17, 18, 40, 47, 56, 64, 66, 67, 100, 101, 114, 209, 210, 252];
const U8_CODES = [19, 20, 23, 27, 29, 30, 31, 34, 36, 37, 39, 46, 52, 116];
const U16_CODES = [13, 22, 26, 57];
const U32_CODES = [24, 35, 38, 51, 58, 59, 211];

type Formatter = (data: Uint8Array) => string | undefined;

function form<T>(parse: (data: Uint8Array) => ParseResult<T>, format: (value: T) => string): Formatter {
  return (data) => {
    const result = parse(data);
    return result.ok ? format(result.value) : undefined;
  };
}

const number = (octets: 1 | 2 | 4, parse: (data: Uint8Array) => ParseResult<number>): Formatter => {
  const format = form(parse, (value) => (value === INFINITE_LEASE ? 'infinite' : `${value}`));
  return (data) => (data.length === octets ? format(data) : undefined);
};

const routes = form(parseClasslessRoutes, (list) => list.map(formatClasslessRoute).join(', '));

const FORMATTERS: ReadonlyMap<number, Formatter> = new Map<number, Formatter>([
  ...ADDRESS_CODES.map((code): [number, Formatter] => [code, form(parseAddresses, (list) => list.join(' '))]),
  ...TEXT_CODES.map((code): [number, Formatter] => [code, form(parseText, formatText)]),
  ...U8_CODES.map((code): [number, Formatter] => [code, number(1, parseU8)]),
  ...U16_CODES.map((code): [number, Formatter] => [code, number(2, parseU16)]),
  ...U32_CODES.map((code): [number, Formatter] => [code, number(4, parseU32)]),
  [OPTION.messageType, form(parseMessageType, formatMessageType)],
  [OPTION.parameterRequestList, form(parseParameterRequestList, formatParameterRequestList)],
  [OPTION.vendorClass, form(parseVendorClass, formatVendorClass)],
  [OPTION.clientIdentifier, form(parseClientIdentifier, formatClientIdentifier)],
  [OPTION.userClass, form(parseUserClass, formatUserClass)],
  [OPTION.relayAgentInformation, form(parseRelayAgentInformation, formatRelayAgentInformation)],
  [OPTION.clientArchitecture, form(parseClientArchitectures, formatClientArchitectures)],
  [OPTION.clientInterface, form(parseClientInterface, formatClientInterface)],
  [OPTION.clientMachineId, form(parseClientMachineId, formatClientMachineId)],
  [OPTION.domainSearch, form(parseDomainSearch, (names) => names.map(quoteText).join(' '))],
  [OPTION.classlessStaticRoute, routes],
  [OPTION.microsoftStaticRoute, routes],
  [OPTION.ipxe, form(parseIpxeOptions, formatIpxeOptions)],
]);

/** What formatOption has to know beside the option: option 43 means what its sender's vendor says. */
export type FormatOptionContext = { readonly vendorIsPxe?: boolean };

/** `54 DHCP Server Identifier: 10.188.0.10`. Option 43 is taken apart only with `vendorIsPxe`. */
export function formatOption(
  { code, data }: Pick<DhcpOption, 'code' | 'data'>,
  { vendorIsPxe = false }: FormatOptionContext = {},
): string {
  const format = code === OPTION.vendorSpecific && vendorIsPxe ? formatPxeVendor : FORMATTERS.get(code);
  const value = data.length === 0 ? 'empty' : (format?.(data) ?? toHex(data));
  return `${code} ${optionName(code)}: ${value}`;
}

const formatPxeVendor = form(parsePxeVendorOptions, formatPxeVendorOptions);
