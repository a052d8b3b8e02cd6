/** Offers to PXE ROMs, UEFI HTTP clients and iPXE under some boot configuration, for tests of clauses. */
import { ipv4 } from '../../../wire/address.ts';
import { latin1 } from '../../../wire/bytes.ts';
import type { OptionToSend } from '../../../wire/dhcp/build-message.ts';
import { optionData } from '../../../wire/dhcp/message.ts';
import { parsePxeVendorOptions } from '../../../wire/dhcp/opt-pxe-vendor.ts';
import { OPTION } from '../../../wire/dhcp/option-codes.ts';
import type { BootConfig, PxeMenu } from '../boot-config.ts';
import {
  bootConfig,
  type ClientFields,
  dhcpBench,
  dhcpConfig,
  octetsOf,
  type Received,
  textOf,
} from './dhcp-bench.ts';

export const SCRIPT = 'http://pxe.example.com/boot1.txt';
export const UUID = [0, ...Array.from({ length: 16 }, (_, i) => 0xa0 + i)];
export const list = (...codes: number[]) => octetsOf(OPTION.parameterRequestList, ...codes);
export const archs = (...codes: number[]) =>
  octetsOf(OPTION.clientArchitecture, ...codes.flatMap((code) => [code >> 8, code & 255]));
export const pxeClass = (arch: number) =>
  textOf(OPTION.vendorClass, `PXEClient:Arch:${String(arch).padStart(5, '0')}:UNDI:003016`);
export const httpClient = (arch = 16): OptionToSend[] => [
  archs(arch),
  textOf(OPTION.vendorClass, `HTTPClient:Arch:${String(arch).padStart(5, '0')}:UNDI:003001`),
  list(1, 3, 6, 60, 67),
];

export const menu: PxeMenu = {
  prompt: 'Press F8',
  timeout: 5,
  items: [
    { type: 0, text: 'Local disk', server: undefined, files: new Map(), nextServer: undefined },
    {
      type: 0x8001,
      text: 'iPXE',
      server: undefined,
      files: new Map([
        [0, 'undionly.kpxe'],
        [7, 'ipxe.efi'],
      ]),
      nextServer: undefined,
    },
    {
      type: 0x8002,
      text: 'Memory test',
      server: undefined,
      files: new Map([[0, 'memtest.0']]),
      nextServer: undefined,
    },
    { type: 15, text: 'WDS', server: ipv4('10.188.0.77'), files: new Map(), nextServer: undefined },
  ],
};

export const benchWith = (boot: Partial<BootConfig> = {}) =>
  dhcpBench({ ...dhcpConfig, boot: { ...bootConfig, ...boot } });
export function offerTo(options: ClientFields['options'], boot: Partial<BootConfig> = {}): Received {
  const offer = benchWith(boot).discover({ options: options ?? [] });
  if (offer === undefined) throw new Error('wanted an offer');
  return offer;
}
/** OFFER and ACK of one exchange. */
export function bothTo(
  options: OptionToSend[],
  boot: Partial<BootConfig> = {},
): readonly [Received, Received] {
  const bench = benchWith(boot);
  const offer = bench.discover({ options });
  const ack = offer && bench.select(offer.message.yiaddr, { options });
  if (offer === undefined || ack === undefined) throw new Error('wanted an offer and an ack');
  return [offer, ack];
}
export const textIn = (reply: Received | undefined, code: number): string | undefined => {
  const data = reply && optionData(reply.message, code);
  return data === undefined ? undefined : latin1(data);
};
export const vendorItems = (reply: Received) => {
  const data = optionData(reply.message, OPTION.vendorSpecific);
  const read = data === undefined ? undefined : parsePxeVendorOptions(data);
  if (read !== undefined && !read.ok) throw read.error;
  return read?.value;
};
