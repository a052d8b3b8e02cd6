import { u16At, u32At } from '../wire/bytes.ts';
import { type Dhcpv6Option, readDhcpv6Options } from '../wire/dhcpv6.ts';
import { DHCPV6_OPTION } from '../wire/dhcpv6-values.ts';
import { rowsOf } from './dhcp-facts.ts';
import type { FactSheet, Facts } from './fact-sheet.ts';
import { duidForm, octetsForm, textOf, userClassForm, vendorClassForm } from './forms.ts';
import type { HabitOf } from './habit.ts';
import { architectureText, interfaceText } from './option-facts.ts';
import { framesOf, retryFacts, seconds } from './tries.ts';

type Values = Facts<'dhcpv6'>;

/** IAs have an IAID and, but for IA_TA, two times before their own options. */
const ASSOCIATIONS: ReadonlyMap<number, { readonly name: string; readonly head: number }> = new Map([
  [DHCPV6_OPTION.nonTemporary, { name: 'IA_NA', head: 12 }],
  [DHCPV6_OPTION.temporary, { name: 'IA_TA', head: 4 }],
  [DHCPV6_OPTION.prefix, { name: 'IA_PD', head: 12 }],
]);
/** Say which machine or server it is, or how long it has tried. */
const NOT_TOLD: ReadonlySet<number> = new Set([
  DHCPV6_OPTION.serverId,
  DHCPV6_OPTION.elapsedTime,
  DHCPV6_OPTION.fqdn,
]);

/** What one stage says by DHCPv6, and when. `lastNs`: when the client was last heard of. */
export function addDhcpv6Facts(sheet: FactSheet, habits: readonly HabitOf<'dhcpv6'>[], lastNs: bigint): void {
  if (habits.length === 0) return;
  const rows = rowsOf(habits, ({ type }) => type);
  const facts: Values = {
    sequence: rows.map(([first]) => first.type),
  };
  const solicit = habits.find(({ type, answeredNs }) => type === 'solicit' && answeredNs !== undefined);
  const request = habits.find(
    ({ type, timeNs }) => type === 'request' && timeNs >= (solicit?.answeredNs ?? timeNs + 1n),
  );
  if (solicit?.answeredNs !== undefined && request !== undefined)
    facts['advertise-to-request-seconds'] = seconds(solicit.answeredNs, request.timeNs);
  sheet.add('dhcpv6', 'exchange', facts, framesOf(habits));
  for (const habit of habits) sheet.addVariant('dhcpv6', habit.type, messageFacts(habit), framesOf([habit]));
  for (const [type, those] of Map.groupBy(habits, ({ type }) => type))
    sheet.add('dhcpv6', type, retryFacts(those, lastNs), framesOf(those));
}

function messageFacts({ options, from, to }: HabitOf<'dhcpv6'>): Values {
  const facts: Values = { options: options.map(({ code }) => code), from, to };
  const associations: string[] = [];
  const others: string[] = [];
  for (const option of options) {
    const known = ASSOCIATIONS.get(option.code);
    if (known !== undefined) associations.push(associationForm(known.name, option.data, known.head));
    else if (!NOT_TOLD.has(option.code) && !addKnown(facts, option))
      others.push(`${option.code}: ${octetsForm(option.data)}`);
  }
  if (associations.length > 0) facts['identity-associations'] = associations;
  if (others.length > 0) facts['other-options'] = others;
  return facts;
}

function addKnown(facts: Values, { code, data }: Dhcpv6Option): boolean {
  switch (code) {
    case DHCPV6_OPTION.clientId:
      facts['client-id'] = duidForm(data);
      return true;
    case DHCPV6_OPTION.optionRequest:
      facts['option-request'] = Array.from({ length: data.length >> 1 }, (_, i) => u16At(data, 2 * i));
      return true;
    case DHCPV6_OPTION.userClass:
      facts['user-class'] = counted(data).map((one) => userClassForm(textOf(one)));
      return true;
    case DHCPV6_OPTION.vendorClass:
      facts['vendor-class'] = [
        `enterprise ${data.length < 4 ? 'absent' : u32At(data, 0)}`,
        ...counted(data.subarray(4)).map((one) => vendorClassForm(textOf(one))),
      ];
      return true;
    case DHCPV6_OPTION.architecture:
      facts.architecture = architectureText(data);
      return true;
    case DHCPV6_OPTION.networkInterface:
      facts['network-interface'] = interfaceText(data);
      return true;
    default:
      return false;
  }
}

/** ( length:u16 | data )* */
function counted(data: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + 2 <= data.length; ) {
    const end = at + 2 + u16At(data, at);
    found.push(data.subarray(at + 2, end));
    at = end;
  }
  return found;
}

/** `IA_NA, times zero, with option 5`. */
function associationForm(name: string, data: Uint8Array, head: number): string {
  const times =
    head === 4 ? '' : data.subarray(4, head).every((octet) => octet === 0) ? ', times zero' : ', times set';
  const inner = readDhcpv6Options(data.subarray(head)).options.map(({ code }) => `, with option ${code}`);
  return `${name}${times}${inner.join('')}`;
}
