import { describe } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import { addressesOption } from '../../wire/dhcp/opt-addresses.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import { ADDRESS, option, PXE_CLIENT, request, SERVER } from '../testing/dhcp.ts';
import { judge } from '../testing/fixtures.ts';
import { REQUEST_CHECKS } from './request.ts';

const LIST = option(
  OPTION.parameterRequestList,
  Uint8Array.of(1, 3, 43, 60, 128, 129, 130, 131, 132, 133, 134, 135),
);
const SIZE = option(OPTION.maximumMessageSize, Uint8Array.of(5, 0xc0));
const vendorClass = (text: string) => option(OPTION.vendorClass, text);
const architecture = (...octets: readonly number[]) =>
  option(OPTION.clientArchitecture, Uint8Array.from(octets));
const BIOS = vendorClass('PXEClient:Arch:00000:UNDI:002001');
const to = (server: string, address: string) => [
  option(OPTION.serverIdentifier, addressesOption(ipv4(server))),
  option(OPTION.requestedAddress, addressesOption(ipv4(address))),
];

describe('REQUEST_CHECKS', () => {
  judge(REQUEST_CHECKS, {
    'firmware.discover.has-pxe-options': {
      passes: [request({ options: [...PXE_CLIENT, LIST, SIZE] })],
      fails: [request({ options: [...PXE_CLIENT, LIST] })],
      doesNotApply: [request(), request({ type: 'request', options: PXE_CLIENT })],
    },
    'firmware.discover.option-lengths': {
      passes: [request({ options: PXE_CLIENT })],
      fails: [
        request({ options: [BIOS, architecture(0)] }),
        request({ options: [BIOS, option(OPTION.clientInterface, Uint8Array.of(1, 2))] }),
        request({ options: [BIOS, option(OPTION.clientMachineId, new Uint8Array(16))] }),
      ],
      doesNotApply: [request({ options: [architecture(0)] })],
    },
    'firmware.vendor-class.form': {
      passes: [request({ options: [BIOS] })],
      fails: [
        request({ options: [vendorClass('PXEClient')] }),
        request({ options: [vendorClass('PXEClient:Arch:00000:UNDI:002001\0')] }),
        request({ options: [vendorClass('PXEClient:Arch:0x00:UNDI:002001')] }),
      ],
      doesNotApply: [request({ options: [vendorClass('MSFT 5.0')] })],
    },
    'firmware.vendor-class.agrees': {
      passes: [request({ options: PXE_CLIENT }), request({ options: [BIOS, architecture(0, 7, 0, 0)] })],
      fails: [
        request({ options: [BIOS, architecture(0, 7)] }),
        request({
          options: [BIOS, architecture(0, 0), option(OPTION.clientInterface, Uint8Array.of(1, 3, 16))],
        }),
      ],
      doesNotApply: [request({ options: [BIOS] }), request({ options: [architecture(0, 7)] })],
    },
    'firmware.parameter-list.vendor-range': {
      passes: [request({ options: [BIOS, LIST] })],
      fails: [request({ options: [BIOS, option(OPTION.parameterRequestList, Uint8Array.of(1, 3, 128))] })],
      doesNotApply: [request({ options: [LIST] }), request({ options: [BIOS] })],
    },
    'client.discover.header': {
      passes: [request(), request({ flags: 0x8000 })],
      fails: [request({ flags: 1 }), request({ ciaddr: ADDRESS }), request({ hops: 1 })],
      doesNotApply: [
        request({ type: 'request', ciaddr: ADDRESS }),
        request({ hops: 1, giaddr: ipv4('10.188.1.1') }),
      ],
    },
    'client.request.selecting': {
      passes: [request({ type: 'request', options: to(SERVER, ADDRESS) }, [{}])],
      fails: [
        request({ type: 'request', options: to(SERVER, '10.188.0.67') }, [{}]),
        request({ type: 'request', ciaddr: ADDRESS, options: to(SERVER, ADDRESS) }, [{}]),
      ],
      doesNotApply: [
        request({ type: 'request', options: to('10.188.0.11', ADDRESS) }, [{}]),
        request({ type: 'request', ciaddr: ADDRESS }),
        // To the boot server of a proxy's offer.
        request({ type: 'request', ciaddr: ADDRESS, options: to(SERVER, ADDRESS) }, [
          { yiaddr: ipv4('0.0.0.0') },
        ]),
      ],
    },
  });
});
