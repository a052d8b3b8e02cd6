/** What a server says to PXE clients in options 60, 43 and 97: PXE 2.1 §2.4 and §2.5, RFC 4578, RFC 2132 §8.4. */

import { bootFileOf } from '../../story/boot-file.ts';
import { isBootServer } from '../../story/boot-server.ts';
import { latin1 } from '../../wire/bytes.ts';
import { optionData } from '../../wire/dhcp/message.ts';
import { parseClientMachineId } from '../../wire/dhcp/opt-client-machine-id.ts';
import { type PxeItem, parsePxeVendorOptions } from '../../wire/dhcp/opt-pxe-vendor.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { type Clause, NOT_APPLICABLE, type Verdict } from '../check.ts';
import { holds, isProxyOffer, type ReplyCheck, SERVER_REPLY, shown } from '../dhcp/reply.ts';
import type { DhcpReply } from '../observe.ts';

const PXE_CLIENT = 'PXEClient';

function pxe21(section: string, says: string): Clause {
  return { document: 'PXE 2.1', section, level: 'MUST', says };
}

export const VENDOR_CHECKS: readonly ReplyCheck[] = [
  {
    id: 'pxe.reply.vendor-class-exact',
    rows: ['PXE-001'],
    ...SERVER_REPLY,
    clause: pxe21('§2.4.3 Table 2-3', 'option 60 of a server is "PXEClient", nine octets'),
    evaluate: (reply) => {
      const said = vendorClassOf(reply);
      if (said === undefined || !said.toLowerCase().startsWith('pxeclient')) return NOT_APPLICABLE;
      return holds(said === PXE_CLIENT, reply, 'option 60 "PXEClient"', () => JSON.stringify(said));
    },
  },
  {
    id: 'pxe.reply.only-to-pxe-clients',
    rows: ['PXE-002', 'PROXY-002'],
    ...SERVER_REPLY,
    clause: pxe21('§2.5.1.1', 'PXE extensions are for clients whose option 60 begins with "PXEClient"'),
    evaluate: (reply) => {
      if (!isForPxe(reply) || reply.request === undefined) return NOT_APPLICABLE;
      const { identity } = reply.request.event;
      return holds(
        identity.vendorClassKind === PXE_CLIENT,
        reply,
        'no option 60 "PXEClient" to this client',
        () => `one; the client says ${JSON.stringify(identity.vendorClass?.text ?? 'nothing')}`,
      );
    },
  },
  {
    id: 'pxe.reply.echoes-machine-id',
    rows: ['PXE-003', 'PROXY-001', 'PROXY-005'],
    ...SERVER_REPLY,
    clause: pxe21('Table 2-3, Table 2-5', 'option 97 is the one of the client'),
    evaluate: (reply) => (isForPxe(reply) ? machineId(reply) : NOT_APPLICABLE),
  },
  {
    // A DHCP server that names a boot file need not speak PXE.
    id: 'dhcp.reply.echoes-machine-id',
    rows: ['PXE-003', 'PXE-005'],
    ...SERVER_REPLY,
    clause: {
      document: 'RFC 4578',
      section: '§2.3',
      level: 'SHOULD',
      says: 'option 97 is in all DHCP and PXE packets of compliant clients and servers',
    },
    evaluate: (reply) => {
      const isOther = isForPxe(reply) || bootFileOf(reply.message) === undefined || reply.type === 'nak';
      return isOther ? NOT_APPLICABLE : machineId(reply);
    },
  },
  {
    id: 'pxe.vendor-options.readable',
    rows: ['PXE-014'],
    ...SERVER_REPLY,
    clause: {
      document: 'PXE 2.1',
      section: 'Table 2-1',
      level: 'MUST',
      says: 'option 43 is a list of tags whose lengths are those of the table',
    },
    evaluate: (reply) => {
      const data = vendorOptionsOf(reply);
      if (data === undefined) return NOT_APPLICABLE;
      const parsed = parsePxeVendorOptions(data);
      if (!parsed.ok) return holds(false, reply, 'tags within the option', () => parsed.error.message);
      const wrong = parsed.value.items.filter((item) => item.kind === 'malformed');
      return holds(wrong.length === 0, reply, 'tags in the form of Table 2-1', () =>
        wrong.map(({ error }) => error.message).join('; '),
      );
    },
  },
  {
    id: 'pxe.vendor-options.end',
    rows: ['PXE-014'],
    ...SERVER_REPLY,
    clause: {
      document: 'PXE 2.1',
      section: 'Table 2-1',
      // RFC 2132 §8.4 makes it optional.
      level: 'SHOULD',
      says: 'option 43 ends with PXE_END, 255',
    },
    evaluate: (reply) => {
      const data = vendorOptionsOf(reply);
      const parsed = data === undefined ? undefined : parsePxeVendorOptions(data);
      if (!parsed?.ok) return NOT_APPLICABLE;
      return holds(parsed.value.end.length > 0, reply, '255 behind the last tag', () => shown(data));
    },
  },
  {
    id: 'pxe.discovery-control.reserved-bits',
    rows: ['PXE-015'],
    ...SERVER_REPLY,
    clause: pxe21('Table 2-1, tag 6', 'bits 4 to 7 of the discovery control are 0'),
    evaluate: (reply) => {
      const bits = discoveryControl(reply);
      if (bits === undefined) return NOT_APPLICABLE;
      return holds((bits & 0xf0) === 0, reply, '43.6 with bits 4 to 7 clear', () => `43.6 = ${bits}`);
    },
  },
  {
    id: 'pxe.discovery-control.boot-file-at-hand',
    rows: ['PXE-015'],
    ...SERVER_REPLY,
    clause: pxe21('Table 2-1, tag 6', 'bit 3: the client boots the file that is named in this message'),
    evaluate: (reply) => {
      const bits = discoveryControl(reply);
      if (bits === undefined || (bits & 8) === 0) return NOT_APPLICABLE;
      return holds(
        bootFileOf(reply.message) !== undefined,
        reply,
        'a boot file, since bit 3 of 43.6 says that it is to be used',
        () => 'none',
      );
    },
  },
  {
    id: 'pxe.discovery-control.multicast-address',
    rows: ['PXE-015', 'PROXY-010'],
    ...SERVER_REPLY,
    clause: pxe21('Table 2-1, tags 6 and 7', 'tag 7 is there unless bit 1 of tag 6 disables multicast'),
    evaluate: (reply) => {
      const bits = discoveryControl(reply);
      // With bit 3 nothing is discovered at all.
      if (bits === undefined || (bits & (2 | 8)) !== 0) return NOT_APPLICABLE;
      return holds(
        itemsOf(reply).some(({ kind }) => kind === 'discovery-multicast'),
        reply,
        '43.7, since bit 1 of 43.6 is clear',
        () => 'none',
      );
    },
  },
  {
    id: 'proxy.offer.no-lease',
    rows: ['PROXY-001'],
    ...SERVER_REPLY,
    clause: pxe21('§2.5.1.1, Table 2-3', 'an offer without an address leases none'),
    evaluate: (reply) => {
      if (!isProxyOffer(reply)) return NOT_APPLICABLE;
      const data = optionData(reply.message, OPTION.leaseTime);
      return holds(data === undefined, reply, 'no option 51', () => `option 51: ${shown(data)}`);
    },
  },
  {
    id: 'proxy.offer.vendor-class',
    rows: ['PROXY-001'],
    ...SERVER_REPLY,
    clause: pxe21('§2.2.1 step 2, Table 2-3', 'a proxy offer says that it is one by option 60 "PXEClient"'),
    evaluate: (reply) => {
      // UEFI's HTTP clients are told HTTPClient.
      if (!isProxyOffer(reply) || reply.request?.event.identity.vendorClassKind === 'HTTPClient')
        return NOT_APPLICABLE;
      const said = vendorClassOf(reply);
      return holds(said === PXE_CLIENT, reply, 'option 60 "PXEClient"', () => JSON.stringify(said ?? 'none'));
    },
  },
  {
    id: 'proxy.offer.no-network',
    rows: ['PROXY-001'],
    ...SERVER_REPLY,
    clause: {
      document: 'PXE 2.1',
      section: 'Table 2-3',
      level: 'SHOULD',
      says: 'a proxy offer leaves the network (1, 3, 6) to the DHCP server',
    },
    evaluate: (reply) => {
      if (!isProxyOffer(reply)) return NOT_APPLICABLE;
      const network = [OPTION.subnetMask, OPTION.router, OPTION.domainNameServer].filter(
        (code) => optionData(reply.message, code) !== undefined,
      );
      return holds(network.length === 0, reply, 'no options 1, 3, 6', () => network.join(', '));
    },
  },
  {
    id: 'boot-server.ack.port',
    rows: ['PROXY-004'],
    ...SERVER_REPLY,
    clause: pxe21('§2.2.1 step 6', 'the boot server answers to the port that the client asked from'),
    evaluate: (reply) => {
      if (!isBootServer(reply.event) || reply.request === undefined) return NOT_APPLICABLE;
      const wanted = reply.request.event.source.port;
      const { port } = reply.event.destination;
      return holds(port === wanted, reply, `to port ${wanted}`, () => `to port ${port}`);
    },
  },
  {
    id: 'boot-server.ack.names-file',
    rows: ['PROXY-005'],
    ...SERVER_REPLY,
    clause: pxe21('§2.4.5 Table 2-5', 'the ACK of a boot server names the boot file'),
    evaluate: (reply) =>
      isBootServer(reply.event) && reply.type === 'ack'
        ? holds(bootFileOf(reply.message) !== undefined, reply, 'a boot file', () => 'none')
        : NOT_APPLICABLE,
  },
  {
    id: 'boot-server.ack.item-type',
    rows: ['PROXY-006'],
    ...SERVER_REPLY,
    clause: pxe21('Table 2-1 Note 6', 'of tag 71 only the layer may be changed by the server'),
    evaluate: (reply) => {
      const asked = reply.request && bootItem(reply.request.message);
      if (!isBootServer(reply.event) || asked === undefined) return NOT_APPLICABLE;
      const got = bootItem(reply.message);
      return holds(got?.type === asked.type, reply, `43.71 of type ${asked.type}`, () =>
        got === undefined ? 'no 43.71' : `type ${got.type}`,
      );
    },
  },
];

function vendorClassOf({ message }: Pick<DhcpReply, 'message'>): string | undefined {
  const data = optionData(message, OPTION.vendorClass);
  return data === undefined ? undefined : latin1(data);
}

/** The server speaks PXE in this message. */
function isForPxe(reply: DhcpReply): boolean {
  return vendorClassOf(reply)?.startsWith(PXE_CLIENT) ?? false;
}

function vendorOptionsOf(reply: DhcpReply): Uint8Array | undefined {
  return isForPxe(reply) ? optionData(reply.message, OPTION.vendorSpecific) : undefined;
}

function itemsOf(reply: DhcpReply): readonly PxeItem[] {
  const data = vendorOptionsOf(reply);
  const parsed = data === undefined ? undefined : parsePxeVendorOptions(data);
  return parsed?.ok ? parsed.value.items : [];
}

function discoveryControl(reply: DhcpReply): number | undefined {
  return itemsOf(reply).find((item) => item.kind === 'discovery-control')?.bits;
}

function bootItem(message: DhcpReply['message']): { readonly type: number } | undefined {
  const data = optionData(message, OPTION.vendorSpecific);
  const parsed = data === undefined ? undefined : parsePxeVendorOptions(data);
  return parsed?.ok ? parsed.value.items.find((item) => item.kind === 'boot-item') : undefined;
}

/** RFC 4578 §2.3: one that is malformed is not to be echoed. */
function machineId(reply: DhcpReply): Verdict {
  const sent = reply.request && optionData(reply.request.message, OPTION.clientMachineId);
  const parsed = sent === undefined ? undefined : parseClientMachineId(sent);
  if (!parsed?.ok || parsed.value.kind !== 'uuid') return NOT_APPLICABLE;
  const got = optionData(reply.message, OPTION.clientMachineId);
  return holds(shown(got) === shown(sent), reply, `option 97: ${shown(sent)}`, () => shown(got));
}
