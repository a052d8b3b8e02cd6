import { toHex, u16At, u32At } from '../wire/bytes.ts';
import { clientMac, type DhcpMessage, optionData } from '../wire/dhcp/message.ts';
import { formatClientArchitectures, parseClientArchitectures } from '../wire/dhcp/opt-client-architecture.ts';
import { identifiedMac, parseClientIdentifier } from '../wire/dhcp/opt-client-identifier.ts';
import { formatClientInterface, parseClientInterface } from '../wire/dhcp/opt-client-interface.ts';
import { parseClientMachineId } from '../wire/dhcp/opt-client-machine-id.ts';
import { IPXE, ipxeOptionName, parseIpxeOptions } from '../wire/dhcp/opt-ipxe.ts';
import { type PxeItem, parsePxeVendorOptions } from '../wire/dhcp/opt-pxe-vendor.ts';
import { parseUserClass } from '../wire/dhcp/opt-user-class.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import type { Facts } from './fact-sheet.ts';
import { duidForm, octetsForm, textOf, userClassForm, vendorClassForm } from './forms.ts';

type Values = Facts<'dhcp'>;
type Read = (data: Uint8Array, message: DhcpMessage) => Values;

/** Values that say which machine it is, or what the server gave it: only that they are there is behaviour. */
const OF_ONE_MACHINE: ReadonlySet<number> = new Set([
  OPTION.hostName,
  OPTION.requestedAddress,
  OPTION.messageType,
  OPTION.serverIdentifier,
  81,
  OPTION.relayAgentInformation,
]);
/** Numbers that a client chooses. */
const NUMBERS: ReadonlySet<number> = new Set([46, OPTION.leaseTime, OPTION.overload, 58, 59, 116, 145]);

const READ: ReadonlyMap<number, Read> = new Map<number, Read>([
  [OPTION.parameterRequestList, (data) => ({ 'parameter-request-list': [...data] })],
  [OPTION.vendorClass, (data) => ({ 'vendor-class': vendorClassForm(textOf(data)) })],
  [OPTION.userClass, userClass],
  [OPTION.clientArchitecture, (data) => ({ architecture: architectureText(data) })],
  [OPTION.clientInterface, (data) => ({ 'network-interface': interfaceText(data) })],
  [OPTION.clientMachineId, (data) => ({ 'machine-id': machineIdForm(data) })],
  [OPTION.clientIdentifier, (data, message) => ({ 'client-id': clientIdForm(data, message) })],
  [OPTION.maximumMessageSize, (data) => ({ 'max-message-size': numberOf(data) ?? octetsForm(data) })],
  [OPTION.ipxe, ipxe],
]);

/** What the options of a client's message say that is behaviour, and no address, name or number of one machine. */
export function optionFacts(message: DhcpMessage): Values {
  const facts: Values = {};
  const others: string[] = [];
  for (const code of new Set(message.options.map((option) => option.code))) {
    const data = optionData(message, code);
    if (data === undefined || OF_ONE_MACHINE.has(code)) continue;
    const read = code === OPTION.vendorSpecific ? pxeRead(message) : READ.get(code);
    if (read !== undefined) Object.assign(facts, read(data, message));
    else
      others.push(`${code}: ${NUMBERS.has(code) ? (numberOf(data) ?? octetsForm(data)) : octetsForm(data)}`);
  }
  if (others.length > 0) facts['other-options'] = others;
  return facts;
}

function numberOf(data: Uint8Array): number | undefined {
  if (data.length === 1) return data[0];
  return data.length === 2 ? u16At(data, 0) : data.length === 4 ? u32At(data, 0) : undefined;
}

function userClass(data: Uint8Array): Values {
  const parsed = parseUserClass(data);
  if (!parsed.ok) return {};
  const { encoding, classes } = parsed.value;
  return { 'user-class': [encoding, ...classes.map(userClassForm)] };
}

export function architectureText(data: Uint8Array): string {
  const parsed = parseClientArchitectures(data);
  return parsed.ok ? formatClientArchitectures(parsed.value) : toHex(data);
}

export function interfaceText(data: Uint8Array): string {
  const parsed = parseClientInterface(data);
  if (!parsed.ok) return octetsForm(data);
  const { trailing } = parsed.value;
  return `${formatClientInterface(parsed.value)}${trailing.length === 0 ? '' : `, ${octetsForm(trailing)} more`}`;
}

function machineIdForm(data: Uint8Array): string {
  const parsed = parseClientMachineId(data);
  if (!parsed.ok) return `type ${data[0] ?? 'absent'}, ${octetsForm(data)}`;
  if (parsed.value.kind === 'unknown') return `type ${parsed.value.type}, ${octetsForm(parsed.value.octets)}`;
  const { trailing } = parsed.value;
  return `type 0, UUID${trailing.length === 0 ? '' : `, ${octetsForm(trailing)} more`}`;
}

/** RFC 4578 §2.3 has UUIDs as type 0 and 16 octets; PXE firmware sends the same in option 61. */
function clientIdForm(data: Uint8Array, message: DhcpMessage): string {
  const parsed = parseClientIdentifier(data);
  if (!parsed.ok) return octetsForm(data);
  const { value } = parsed;
  switch (value.kind) {
    case 'hardware': {
      const mac = identifiedMac(value);
      if (mac === undefined) return `type ${value.htype}, ${octetsForm(value.address)}`;
      return `hardware address${mac === clientMac(message) ? '' : ', not its own'}`;
    }
    case 'duid':
      return `IAID and ${duidForm(value.duid)}`;
    case 'opaque':
      return value.octets.length === 16 ? 'type 0, UUID' : `type 0, ${octetsForm(value.octets)}`;
    default:
      return value satisfies never;
  }
}

function ipxe(data: Uint8Array): Values {
  const parsed = parseIpxeOptions(data);
  if (!parsed.ok) return { 'ipxe-settings': [`not readable, ${octetsForm(data)}`] };
  const { features, version, busId, subOptions } = parsed.value;
  const facts: Values = { 'ipxe-features': [...features] };
  if (version !== undefined) facts['ipxe-version'] = version;
  if (busId !== undefined) facts['ipxe-bus'] = `${busId.type} ${hex16(busId.vendor)}:${hex16(busId.device)}`;
  const settings = subOptions
    .filter(({ code }) => code !== IPXE.version && code !== IPXE.busId && (code < 16 || code >= 48))
    .map(({ code, data: value }) => `${ipxeOptionName(code) ?? code}: ${octetsForm(value)}`);
  if (settings.length > 0) facts['ipxe-settings'] = settings;
  return facts;
}

const hex16 = (value: number): string => value.toString(16).padStart(4, '0');

/** Option 43 is what the vendor class says that it is: PXE 2.1's for PXE clients. */
function pxeRead(message: DhcpMessage): Read | undefined {
  const vendorClass = optionData(message, OPTION.vendorClass);
  if (vendorClass === undefined || !/^(PXE|HTTP)Client/.test(textOf(vendorClass))) return undefined;
  return (data) => {
    const parsed = parsePxeVendorOptions(data);
    if (!parsed.ok) return { 'pxe-options': [`not readable, ${octetsForm(data)}`] };
    const { items, end } = parsed.value;
    return { 'pxe-options': [...items.map(pxeForm), ...(end.length === 0 ? ['no end'] : [])] };
  };
}

function pxeForm(item: PxeItem): string {
  switch (item.kind) {
    case 'discovery-control':
      return `6: control ${item.bits}`;
    case 'discovery-multicast':
      return '7: multicast address';
    case 'boot-servers':
      return `8: boot servers of ${item.servers.map(({ type }) => `type ${type}`).join(', ')}`;
    case 'boot-menu':
      return `9: menu of ${item.entries.map(({ type }) => `type ${type}`).join(', ')}`;
    case 'menu-prompt':
      return `10: prompt, ${item.timeout} s`;
    case 'credential-types':
      return `12: credentials ${item.types.join(' ')}`;
    case 'boot-item':
      return `71: item type ${item.type} layer ${item.layer}`;
    case 'pad':
      return 'pad';
    case 'unknown':
    case 'malformed':
      return `${item.code}: ${octetsForm(item.data)}`;
    default:
      return item satisfies never;
  }
}
