/** A proxy and its boot server as functions, in virtual time, and clients that speak to them. */
import { type Ipv4Address, ipv4 } from '../../../wire/address.ts';
import { buildDhcpMessage } from '../../../wire/dhcp/build-message.ts';
import { parseDhcpMessage } from '../../../wire/dhcp/message.ts';
import {
  type MessageTypeName,
  messageTypeOf,
  serializeMessageType,
} from '../../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../../wire/dhcp/option-codes.ts';
import type { ServerEvent } from '../../event.ts';
import type { BootConfig } from '../boot-config.ts';
import { bootServerOf, stepBootServer } from '../boot-server.ts';
import type { DhcpOutput } from '../dhcp-io.ts';
import { initialProxyState, stepProxy } from '../step-proxy.ts';
import { bootConfig, CLIENT, type ClientFields, type Heard, SERVER } from './dhcp-bench.ts';

export const LEASED: Ipv4Address = ipv4('10.188.0.66');
type Source = { readonly address: string; readonly port: number };

export function messageBytes(type: MessageTypeName, fields: ClientFields = {}): Uint8Array {
  const { options = [], via: _, ...header } = fields;
  const message = { code: OPTION.messageType, data: serializeMessageType(type) };
  return buildDhcpMessage({ xid: 0x71ceb4, chaddr: CLIENT, ...header, options: [message, ...options] });
}

export function proxyBench(boot: Partial<BootConfig> = {}) {
  const config = {
    serverAddress: SERVER,
    boot: { ...bootConfig, pxeOffer: 'skip-discovery' as const, ...boot },
  };
  const state = initialProxyState(config);
  let now = 1_000_000;
  return {
    /** To port 67, from 0.0.0.0:68 unless said otherwise. */
    send: (type: MessageTypeName, fields?: ClientFields, source: Source = { address: '0.0.0.0', port: 68 }) =>
      heard(stepProxy(state, { bytes: messageBytes(type, fields), source }, now)),
    hear: (bytes: Uint8Array) =>
      heard(stepProxy(state, { bytes, source: { address: '10.188.0.9', port: 68 } }, now)),
    /** To port 4011, from the leased address. */
    ask: (type: MessageTypeName, fields?: ClientFields, source: Source = { address: LEASED, port: 68 }) =>
      heard(stepBootServer(bootServerOf(config), { bytes: messageBytes(type, fields), source })),
    hear4011: (bytes: Uint8Array) =>
      heard(stepBootServer(bootServerOf(config), { bytes, source: { address: '10.188.0.9', port: 68 } })),
    wait: (ms: number): void => {
      now += ms;
    },
  };
}

function heard(outputs: readonly DhcpOutput[]): Heard {
  const events: ServerEvent[] = outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []));
  const sent = outputs.flatMap((output) => (output.kind === 'send' ? [output] : []));
  const first = sent[0];
  if (first === undefined) return { reply: undefined, events, probes: [] };
  if (sent.length > 1) throw new Error('a server answers one message with one');
  const parsed = parseDhcpMessage(first.bytes);
  if (!parsed.ok) throw parsed.error;
  const message = parsed.value;
  const { bytes, to, via } = first;
  return { reply: { type: messageTypeOf(message), message, bytes, to, via }, events, probes: [] };
}
