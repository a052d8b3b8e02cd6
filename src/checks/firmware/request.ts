/** What PXE firmware says in its DHCP messages: PXE 2.1 §2.4.2, RFC 4578, RFC 2131. */

import { latin1, u16At } from '../../wire/bytes.ts';
import { optionData } from '../../wire/dhcp/message.ts';
import { addressIn } from '../../wire/dhcp/opt-addresses.ts';
import { OPTION, optionName } from '../../wire/dhcp/option-codes.ts';
import { type Check, holds, NOT_APPLICABLE } from '../check.ts';
import { shown } from '../dhcp/reply.ts';
import type { DhcpRequest } from '../observe.ts';

type RequestCheck = Check<'dhcpRequests'>;

const CLIENT_REQUEST = { subject: 'client', on: 'dhcpRequests' } as const;
/** PXE 2.1 Table 2-1: Arch in five decimal digits, UNDI in six. */
const VENDOR_CLASS = /^PXEClient:Arch:(\d{5}):UNDI:(\d{3})(\d{3})$/;
/** RFC 4578 §2.4. */
const VENDOR_RANGE = [128, 129, 130, 131, 132, 133, 134, 135] as const;
/** RFC 2131 §2 Figure 2. */
const RESERVED_FLAGS = 0x7fff;

export const REQUEST_CHECKS: readonly RequestCheck[] = [
  {
    id: 'firmware.discover.has-pxe-options',
    rows: ['FW-001'],
    ...CLIENT_REQUEST,
    clause: {
      document: 'PXE 2.1',
      section: '§2.4.2 Table 2-2',
      level: 'MUST',
      says: 'a PXE client sends options 55, 57, 60, 93, 94 and 97 in its DISCOVER',
    },
    evaluate: (request) => {
      if (request.type !== 'discover' || !isPxe(request)) return NOT_APPLICABLE;
      const wanted = [
        OPTION.parameterRequestList,
        OPTION.maximumMessageSize,
        OPTION.clientArchitecture,
        OPTION.clientInterface,
        OPTION.clientMachineId,
      ];
      const missing = wanted.filter((code) => optionData(request.message, code) === undefined);
      return holds(
        missing.length === 0,
        request.event,
        `options ${wanted.join(', ')}`,
        () => `not there: ${missing.map((code) => `${code} (${optionName(code)})`).join(', ')}`,
      );
    },
  },
  {
    id: 'firmware.discover.option-lengths',
    rows: ['FW-001'],
    ...CLIENT_REQUEST,
    clause: {
      document: 'RFC 4578',
      section: '§2.1, §2.2, §2.3',
      level: 'MUST',
      says: 'option 93 is a list of 16-bit codes, 94 has three octets, 97 a type of 0 and sixteen octets',
    },
    evaluate: (request) => {
      if (!isPxe(request)) return NOT_APPLICABLE;
      const [architecture, card, machine] = [
        OPTION.clientArchitecture,
        OPTION.clientInterface,
        OPTION.clientMachineId,
      ].map((code) => optionData(request.message, code));
      const isRight =
        (architecture === undefined || (architecture.length > 0 && architecture.length % 2 === 0)) &&
        (card === undefined || card.length === 3) &&
        (machine === undefined || (machine.length === 17 && machine[0] === 0));
      return holds(
        isRight,
        request.event,
        '93 of an even length, 94 of 3 octets, 97 of 17 that begin with 0',
        () => `93 ${shown(architecture)}, 94 ${shown(card)}, 97 ${shown(machine)}`,
      );
    },
  },
  {
    id: 'firmware.vendor-class.form',
    rows: ['FW-002'],
    ...CLIENT_REQUEST,
    clause: {
      document: 'PXE 2.1',
      section: 'Table 2-1',
      level: 'MUST',
      says: 'option 60 is PXEClient:Arch:xxxxx:UNDI:yyyzzz, 32 octets, of decimal digits',
    },
    evaluate: (request) => {
      if (!isPxe(request)) return NOT_APPLICABLE;
      const text = vendorClassOf(request);
      return holds(VENDOR_CLASS.test(text), request.event, 'PXEClient:Arch:xxxxx:UNDI:yyyzzz', () =>
        JSON.stringify(text),
      );
    },
  },
  {
    id: 'firmware.vendor-class.agrees',
    rows: ['FW-002', 'PXE-007'],
    ...CLIENT_REQUEST,
    clause: {
      document: 'PXE 2.1',
      section: 'Table 2-1',
      level: 'MUST',
      says: 'the architecture and the UNDI version in option 60 are those of options 93 and 94',
    },
    evaluate: (request) => {
      const match = isPxe(request) ? VENDOR_CLASS.exec(vendorClassOf(request)) : null;
      const architecture = optionData(request.message, OPTION.clientArchitecture);
      const card = optionData(request.message, OPTION.clientInterface);
      if (match === null || architecture === undefined || architecture.length < 2) return NOT_APPLICABLE;
      const codes: number[] = [];
      for (let at = 0; at + 1 < architecture.length; at += 2) codes.push(u16At(architecture, at));
      const sameArchitecture = codes.includes(Number(match[1]));
      const sameVersion =
        card?.length !== 3 || (card[1] === Number(match[2]) && card[2] === Number(match[3]));
      return holds(
        sameArchitecture && sameVersion,
        request.event,
        `${match[0]}, as 93 and 94 say`,
        () => `93 ${codes.join(', ')}, 94 ${shown(card)}`,
      );
    },
  },
  {
    id: 'firmware.parameter-list.vendor-range',
    rows: ['FW-003'],
    ...CLIENT_REQUEST,
    clause: {
      document: 'RFC 4578',
      section: '§2.4',
      level: 'MUST',
      says: 'options 128 to 135 are requested by PXE clients in every DHCP packet',
    },
    evaluate: (request) => {
      const list = optionData(request.message, OPTION.parameterRequestList);
      if (!isPxe(request) || list === undefined) return NOT_APPLICABLE;
      const missing = VENDOR_RANGE.filter((code) => !list.includes(code));
      return holds(
        missing.length === 0,
        request.event,
        '128 to 135 in option 55',
        () => `without ${missing.join(', ')}`,
      );
    },
  },
  {
    id: 'client.discover.header',
    rows: ['FW-004'],
    ...CLIENT_REQUEST,
    clause: {
      document: 'RFC 2131',
      section: '§4.4.1 Table 5',
      level: 'MUST',
      says: 'hops and ciaddr are 0, the reserved flag bits too, and giaddr but of a relay',
    },
    evaluate: (request) => {
      // Behind a relay hops and giaddr are the relay's.
      if (request.type !== 'discover' || request.message.giaddr !== '0.0.0.0') return NOT_APPLICABLE;
      const { hops, ciaddr, flags } = request.message;
      return holds(
        hops === 0 && ciaddr === '0.0.0.0' && (flags & RESERVED_FLAGS) === 0,
        request.event,
        'hops 0, ciaddr 0.0.0.0, no reserved flag',
        () => `hops ${hops}, ciaddr ${ciaddr}, flags 0x${flags.toString(16)}`,
      );
    },
  },
  {
    id: 'client.request.selecting',
    rows: ['FW-009'],
    ...CLIENT_REQUEST,
    clause: {
      document: 'RFC 2131',
      section: '§4.3.2',
      level: 'MUST',
      quote:
        "Client inserts the address of the selected server in 'server identifier', 'ciaddr' MUST be zero, 'requested IP address' MUST be filled in with the yiaddr value from the chosen DHCPOFFER.",
    },
    evaluate: (request) => {
      const server = shown(optionData(request.message, OPTION.serverIdentifier));
      const offer = request.offers.find(
        ({ message }) => shown(optionData(message, OPTION.serverIdentifier)) === server,
      );
      if (request.type !== 'request' || server === 'absent' || offer === undefined) return NOT_APPLICABLE;
      const address = addressIn(request.message, OPTION.requestedAddress);
      const { ciaddr } = request.message;
      const wanted = offer.message.yiaddr;
      // One REQUEST to the boot server of a proxy offer has the address already: PXE 2.1 §2.4.4.
      if (wanted === '0.0.0.0') return NOT_APPLICABLE;
      return holds(
        ciaddr === '0.0.0.0' && address === wanted,
        request.event,
        `option 50 ${wanted}, as offered, and ciaddr 0.0.0.0`,
        () => `option 50 ${address ?? 'absent'}, ciaddr ${ciaddr}`,
      );
    },
  },
];

/** PXE firmware, or iPXE that speaks as it. */
function isPxe({ event }: DhcpRequest): boolean {
  return event.identity.vendorClassKind === 'PXEClient';
}

function vendorClassOf({ message }: DhcpRequest): string {
  const data = optionData(message, OPTION.vendorClass);
  return data === undefined ? '' : latin1(data);
}
