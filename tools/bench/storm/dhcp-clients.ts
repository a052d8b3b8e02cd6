import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Ipv4Address, MacAddress } from '../../../src/wire/address.ts';
import { buildDhcpMessage, type OptionToSend } from '../../../src/wire/dhcp/build-message.ts';
import {
  BROADCAST_FLAG,
  type DhcpMessage,
  fileName,
  optionData,
  parseDhcpMessage,
} from '../../../src/wire/dhcp/message.ts';
import { addressesOption } from '../../../src/wire/dhcp/opt-addresses.ts';
import { messageTypeOf, serializeMessageType } from '../../../src/wire/dhcp/opt-message-type.ts';
import { textOption } from '../../../src/wire/dhcp/opt-text.ts';
import { OPTION } from '../../../src/wire/dhcp/option-codes.ts';
import { askPatiently, DHCP_TIMEOUTS_MS, GaveUp } from './patience.ts';

export type Lease = { readonly address: Ipv4Address; readonly file: string; readonly retries: number };

/** The DHCP side of all clients: one socket on port 68, which hears every broadcast and knows whose it is by xid. */
export interface DhcpClients extends AsyncDisposable {
  /** DISCOVER to ACK. Throws GaveUp. */
  readonly dora: (chaddr: MacAddress, as: 'firmware' | 'iPXE') => Promise<Lease>;
}

const COMMON: readonly OptionToSend[] = [
  { code: OPTION.maximumMessageSize, data: Uint8Array.of(5, 192) },
  { code: OPTION.clientArchitecture, data: Uint8Array.of(0, 0) },
  { code: OPTION.vendorClass, data: textOption('PXEClient:Arch:00000:UNDI:002001') },
  { code: OPTION.parameterRequestList, data: Uint8Array.of(1, 3, 6, 12, 15, 43, 60, 66, 67, 175) },
];
const IPXE: readonly OptionToSend[] = [
  { code: OPTION.userClass, data: textOption('iPXE') },
  { code: OPTION.ipxe, data: Uint8Array.of(177, 5, 1, 0x80, 0x86, 0x10, 0x0e, 19, 1, 1) },
];
const NOTHING = new Uint8Array(0);
const MAX_DORAS = 20;
/** Or a client and a server that repeat a mistake would do nothing else (RFC 2131 §4.4.1 on restarts). */
const AFTER_NAK_MS = 1_000;
const SERVER_PORT = 67;
const CLIENT_PORT = 68;
const BROADCAST = '255.255.255.255';
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/** A client without a network is a fault of the bench. */
function sent(error: Error | null): void {
  if (error !== null) throw error;
}

export async function openDhcpClients(): Promise<DhcpClients> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
  socket.bind(CLIENT_PORT);
  await once(socket, 'listening');
  socket.setBroadcast(true);
  const waiting = new Map<number, (reply: DhcpMessage) => void>();
  socket.on('message', (bytes) => {
    const parsed = parseDhcpMessage(bytes);
    if (parsed.ok) waiting.get(parsed.value.xid)?.(parsed.value);
  });

  let lastXid = 0;
  const exchange = async (
    chaddr: MacAddress,
    type: 'discover' | 'request',
    options: readonly OptionToSend[],
  ): Promise<{ readonly value: DhcpMessage; readonly retries: number }> => {
    const xid = ++lastXid;
    const bytes = buildDhcpMessage({
      // Replies are broadcast: the kernel has no interface with this hardware address.
      ...{ xid, chaddr, flags: BROADCAST_FLAG },
      options: [{ code: OPTION.messageType, data: serializeMessageType(type) }, ...options],
    });
    try {
      return await askPatiently(
        `${chaddr} ${type}`,
        DHCP_TIMEOUTS_MS,
        () => socket.send(bytes, SERVER_PORT, BROADCAST, sent),
        () => new Promise<DhcpMessage>((resolve) => waiting.set(xid, resolve)),
      );
    } finally {
      waiting.delete(xid);
    }
  };

  return {
    dora: async (chaddr, as) => {
      const options = as === 'iPXE' ? [...COMMON, ...IPXE] : COMMON;
      let retries = 0;
      for (let attempt = 1; attempt <= MAX_DORAS; attempt++) {
        const offer = await exchange(chaddr, 'discover', options);
        const ack = await exchange(chaddr, 'request', [
          { code: OPTION.requestedAddress, data: addressesOption(offer.value.yiaddr) },
          {
            code: OPTION.serverIdentifier,
            data: optionData(offer.value, OPTION.serverIdentifier) ?? NOTHING,
          },
          ...options,
        ]);
        retries += offer.retries + ack.retries;
        if (messageTypeOf(ack.value) === 'ack') {
          return { address: ack.value.yiaddr, file: fileName(ack.value), retries };
        }
        // RFC 2131 §3.1 item 5: a NAK leads back to the beginning. dnsmasq offers one address to several.
        retries++;
        await wait(AFTER_NAK_MS);
      }
      throw new GaveUp(`${chaddr}: ${MAX_DORAS} NAKs`);
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
