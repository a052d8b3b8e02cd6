import { type Ipv4Address, ipv4, ipv4ToBytes, macToBytes } from '../../wire/address.ts';
import type { OptionToSend } from '../../wire/dhcp/build-message.ts';
import { fileName } from '../../wire/dhcp/message.ts';
import { serializeClientArchitectures } from '../../wire/dhcp/opt-client-architecture.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { ProbeClient } from './probe-client.ts';

/** What a stimulus knows of the network it is sent on. */
export type Surroundings = {
  /** On the server's network, outside its pools, of nobody else. */
  readonly free: Ipv4Address;
};

/** What a client of the bench does so that a server has to do what a clause says. Which checks that decides, the story tells. */
export type Stimulus = {
  /** Permanent: `dhcp.relayed`. */
  readonly id: string;
  readonly run: (client: ProbeClient, surroundings: Surroundings) => Promise<void>;
};

const octets = (...data: number[]): Uint8Array => Uint8Array.from(data);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const asks = (...codes: number[]): OptionToSend => ({
  code: OPTION.parameterRequestList,
  data: octets(...codes),
});

const MACHINE_ID = { code: OPTION.clientMachineId, data: octets(0, ...Array(16).keys()) };
const BOOT_REQUESTS = asks(1, 3, 6, 12, 15, 43, 60, 66, 67, 97, 175);

function bootOptions(vendor: string, architecture: number): readonly OptionToSend[] {
  const code = String(architecture).padStart(5, '0');
  return [
    { code: OPTION.clientArchitecture, data: serializeClientArchitectures([architecture]) },
    { code: OPTION.clientInterface, data: octets(1, 3, 16) },
    { code: OPTION.vendorClass, data: text(`${vendor}:Arch:${code}:UNDI:003016`) },
    MACHINE_ID,
    BOOT_REQUESTS,
  ];
}

/** DISCOVER, REQUEST, and the address given back. */
function leases(
  id: string,
  flags: number,
  options: (client: ProbeClient) => readonly OptionToSend[],
): Stimulus {
  return {
    id,
    run: async (client) => {
      const [said, xid] = [options(client), xidOf(client)];
      const ack = await client.lease(xid, said, { flags, secs: 7 });
      const identity = said.filter(({ code }) => code === OPTION.clientIdentifier);
      if (ack !== undefined) client.release(xid + 1, ack, identity);
    },
  };
}

/** As leases, and the boot file is read where it is one for TFTP. */
function boots(id: string, vendor: string, architecture: number): Stimulus {
  return {
    id,
    run: async (client) => {
      const [said, xid] = [bootOptions(vendor, architecture), xidOf(client)];
      const ack = await client.lease(xid, said, { flags: 0x8000 });
      if (ack === undefined) return;
      client.host.address = ack.yiaddr;
      const file = fileName(ack);
      if (file !== undefined && file !== '' && !file.includes('://'))
        await client.transfer(ack.siaddr, file, [
          { name: 'tsize', value: '0' },
          { name: 'blksize', value: '1432' },
        ]);
      client.release(xid + 1, ack, []);
    },
  };
}

/** A read, or a write, by a client with an address, of the file that BIOS firmware is sent. Nothing where a server names none. */
function reads(id: string, name: string | undefined, value: string, kind: 'rrq' | 'wrq' = 'rrq'): Stimulus {
  return {
    id,
    run: async (client) => {
      const xid = xidOf(client);
      const ack = await client.lease(xid, bootOptions('PXEClient', 0), { flags: 0x8000 });
      if (ack === undefined) return;
      client.host.address = ack.yiaddr;
      const file = fileName(ack);
      if (file !== undefined && file !== '') {
        const options = name === undefined ? [] : [{ name, value }];
        const wanted = kind === 'wrq' ? 'pxebench-probe' : file;
        await client.transfer(ack.siaddr, wanted, options, { kind, blocks: 8 });
      }
      client.release(xid + 1, ack, []);
    },
  };
}

/** The last four octets of its MAC address: unlike those of all other clients. */
function xidOf({ mac }: ProbeClient): number {
  return new DataView(macToBytes(mac).buffer).getUint32(2);
}

export const STIMULI: readonly Stimulus[] = [
  leases('dhcp.broadcast', 0x8000, ({ mac }) => [
    { code: OPTION.clientIdentifier, data: octets(1, ...macToBytes(mac)) },
    asks(1, 3, 6, 15, 51, 54, 58, 59),
  ]),
  leases('dhcp.unicast', 0, () => [asks(59, 58, 54, 51, 15, 6, 3, 1)]),
  leases('dhcp.reserved-flags', 0x7fff, () => [asks(3, 1)]),
  leases('dhcp.small-messages', 0x8000, () => [{ code: 57, data: octets(1, 44) }, asks(1)]),
  {
    id: 'dhcp.relayed',
    run: async (client, { free }) => {
      client.host.address = free;
      const xid = xidOf(client);
      const information = { code: OPTION.relayAgentInformation, data: octets(1, 5, ...text('port7')) };
      const said = [asks(1, 3, 6), information];
      const ack = await client.lease(xid, said, { giaddr: free, hops: 1 });
      if (ack !== undefined) client.release(xid + 1, ack, [information], { giaddr: free });
    },
  },
  {
    id: 'dhcp.reboot-elsewhere',
    run: async (client) => {
      const elsewhere = { code: OPTION.requestedAddress, data: ipv4ToBytes(ipv4('192.0.2.77')) };
      await client.ask('request', xidOf(client), [elsewhere, asks(1, 3, 6)], { flags: 0x8000 });
    },
  },
  {
    id: 'dhcp.inform',
    run: async (client, { free }) => {
      client.host.address = free;
      await client.ask('inform', xidOf(client), [asks(1, 3, 6, 66, 67)], { ciaddr: free });
    },
  },
  boots('pxe.bios', 'PXEClient', 0),
  boots('pxe.uefi-x64', 'PXEClient', 7),
  leases('ipxe.bios', 0, () => [
    { code: OPTION.userClass, data: text('iPXE') },
    { code: 175, data: octets(0x13, 1, 1, 0x15, 1, 1) },
    ...bootOptions('PXEClient', 0),
  ]),
  reads('tftp.plain', undefined, ''),
  reads('tftp.tsize', 'tsize', '0'),
  reads('tftp.blksize-1432', 'blksize', '1432'),
  reads('tftp.blksize-7', 'blksize', '7'),
  reads('tftp.blksize-word', 'blksize', 'abc'),
  reads('tftp.windowsize-4', 'windowsize', '4'),
  reads('tftp.windowsize-0', 'windowsize', '0'),
  reads('tftp.timeout-3', 'timeout', '3'),
  reads('tftp.timeout-256', 'timeout', '256'),
  reads('tftp.unknown-option', 'x-pxebench', '1'),
  reads('tftp.write', undefined, '', 'wrq'),
];

/** Only for a server that is to boot firmware over HTTP: others owe an HTTP client nothing. */
export const HTTP_BOOT_STIMULI: readonly Stimulus[] = [boots('http-boot.uefi-x64', 'HTTPClient', 16)];
