import { type Ipv4Address, ipv4, type MacAddress } from '../../wire/address.ts';
import type { DhcpMessageSpec, OptionToSend } from '../../wire/dhcp/build-message.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { type MessageTypeName, serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';
import { textOption } from '../../wire/dhcp/opt-text.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { Story } from '../event.ts';
import { TestWire } from './wire.ts';

const SERVER = ipv4('10.188.0.10');
const CLIENT = ipv4('10.188.0.66');

export const option = (code: number, data: Uint8Array | string): OptionToSend => ({
  code,
  data: typeof data === 'string' ? textOption(data) : data,
});

export const PXE_BIOS: readonly OptionToSend[] = [
  option(OPTION.vendorClass, 'PXEClient:Arch:00000:UNDI:002001'),
  option(OPTION.clientArchitecture, Uint8Array.of(0, 0)),
];
export const PXE_X64: readonly OptionToSend[] = [
  option(OPTION.vendorClass, 'PXEClient:Arch:00007:UNDI:003016'),
  option(OPTION.clientArchitecture, Uint8Array.of(0, 7)),
];
const IPXE_FEATURES = option(OPTION.ipxe, Uint8Array.of(19, 1, 1));
export const IPXE: readonly OptionToSend[] = [...PXE_BIOS, option(OPTION.userClass, 'iPXE'), IPXE_FEATURES];
export const IPXE_RFC3004: readonly OptionToSend[] = [
  ...PXE_BIOS,
  option(OPTION.userClass, '\x04iPXE'),
  IPXE_FEATURES,
];
export const FLEXBOOT: readonly OptionToSend[] = [...PXE_BIOS, IPXE_FEATURES];

type Reply = Omit<DhcpMessageSpec, 'chaddr' | 'op' | 'xid'> & {
  readonly server?: Ipv4Address;
  readonly port?: number;
};

/** One client's boot, frame by frame. */
export class Boot {
  readonly wire: TestWire;
  #xid = 1;
  #connections = 0;

  constructor(client?: MacAddress) {
    this.wire = new TestWire(client);
  }

  /** A DISCOVER with an xid of its own. */
  discover(options: readonly OptionToSend[]): this {
    this.#xid++;
    return this.#ask('discover', options);
  }

  /** The same again. */
  again(options: readonly OptionToSend[]): this {
    return this.#ask('discover', options);
  }

  offer(reply: Reply = {}): this {
    return this.#reply('offer', reply);
  }

  request(options: readonly OptionToSend[], server = SERVER): this {
    return this.#ask('request', [option(OPTION.serverIdentifier, addressesOption(server)), ...options]);
  }

  ack(reply: Reply = {}): this {
    return this.#reply('ack', reply);
  }

  nak(text: string): this {
    return this.#reply('nak', { yiaddr: ipv4('0.0.0.0'), options: [option(OPTION.message, text)] });
  }

  /** DISCOVER to ACK. */
  dora(options: readonly OptionToSend[], reply: Reply = {}): this {
    return this.discover(options).offer(reply).request(options).ack(reply);
  }

  /** A whole read of few octets, in lock-step. */
  read(file: string, data: Uint8Array = Buffer.from('program')): this {
    const [client, server] = [2000 + this.#xid, 3000 + this.#xid];
    this.wire.tftp('client', client, 69, { kind: 'rrq', file, mode: 'octet', options: [] });
    for (let block = 1; block <= Math.floor(data.length / 512) + 1; block++) {
      const piece = data.subarray((block - 1) * 512, block * 512);
      this.wire.tftp('server', client, server, { kind: 'data', block: block as never, data: piece });
      this.wire.tftp('client', client, server, { kind: 'ack', block: block as never });
    }
    return this;
  }

  /** One request and its whole answer, on a connection of its own. */
  http(target: string, answer: string): this {
    const port = 49152 + this.#connections++;
    const request = `GET ${target} HTTP/1.1\r\nHost: pxe\r\n\r\n`;
    const to = 1001 + request.length;
    const back = 5001 + answer.length;
    this.wire
      .tcp('client', 80, 1000, 0, ['syn'], '', port)
      .tcp('server', 80, 5000, 1001, ['syn', 'ack'], '', port)
      .tcp('client', 80, 1001, 5001, ['ack', 'psh'], request, port)
      .tcp('server', 80, 5001, to, ['ack', 'psh'], answer, port)
      .tcp('server', 80, back, to, ['fin', 'ack'], '', port)
      .tcp('client', 80, to, back + 1, ['fin', 'ack'], '', port);
    return this;
  }

  wait(seconds: number): this {
    this.wire.wait(seconds);
    return this;
  }

  story(): Story {
    return this.wire.story();
  }

  #ask(type: MessageTypeName, options: readonly OptionToSend[]): this {
    this.wire.dhcp('client', {
      xid: this.#xid,
      options: [option(OPTION.messageType, serializeMessageType(type)), ...options],
    });
    return this;
  }

  #reply(type: MessageTypeName, { server = SERVER, port = 67, options = [], ...fields }: Reply): this {
    const spec: Omit<DhcpMessageSpec, 'chaddr' | 'op'> = {
      xid: this.#xid,
      yiaddr: CLIENT,
      ...fields,
      options: [
        option(OPTION.messageType, serializeMessageType(type)),
        option(OPTION.serverIdentifier, addressesOption(server)),
        ...options,
      ],
    };
    this.wire.dhcp('server', spec, port);
    return this;
  }
}
