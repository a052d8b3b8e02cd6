import type { MacAddress } from '../../../src/wire/address.ts';
import type { DhcpClients } from './dhcp-clients.ts';
import { HttpConnection } from './http-connection.ts';
import { GaveUp } from './patience.ts';
import { tftpRead } from './tftp-read.ts';

/** Milliseconds from this client's power-on to the end of each stage. */
export const STAGES = ['firmware-dhcp', 'tftp', 'ipxe-dhcp', 'scripts', 'lookups'] as const;
export type Stage = (typeof STAGES)[number];
export type Boot = {
  readonly ended: Partial<Record<Stage, number>>;
  readonly retries: number;
  readonly failure?: string;
};

export type BootSpec = {
  readonly server: string;
  readonly bootFile: string;
  readonly bootFileOctets: number;
};

/** The write-up's whole way, as far as the server sees it: firmware, iPXE, boot1, boot2, pxelinux's lookups. */
export async function bootOne(mac: MacAddress, spec: BootSpec, dhcp: DhcpClients): Promise<Boot> {
  const began = performance.now();
  const ended: Partial<Record<Stage, number>> = {};
  const reached = (stage: Stage): void => {
    ended[stage] = performance.now() - began;
  };
  let retries = 0;
  try {
    const firmware = await dhcp.dora(mac, 'firmware');
    retries += firmware.retries;
    wanted(`${mac} boot file`, spec.bootFile, firmware.file);
    reached('firmware-dhcp');

    const read = await tftpRead(spec.server, firmware.address, firmware.file);
    retries += read.retries;
    wanted(`${mac} octets of ${firmware.file}`, spec.bootFileOctets, read.octets);
    reached('tftp');

    const ipxe = await dhcp.dora(mac, 'iPXE');
    retries += ipxe.retries;
    wanted(`${mac} address as iPXE`, firmware.address, ipxe.address);
    reached('ipxe-dhcp');

    using http = new HttpConnection(spec.server, ipxe.address);
    const boot1 = await http.get(new URL(ipxe.file).pathname);
    wanted(`${mac} boot1`, 200, boot1.status);
    const boot2 = await http.get(boot2Path(boot1.body, mac, ipxe.address));
    wanted(`${mac} boot2`, '#!ipxe', boot2.body.slice(0, 6));
    reached('scripts');

    for (const [at, name] of lookups(mac, ipxe.address).entries()) {
      const isLast = at === 10;
      const answer = await http.get(`/pxelinux.cfg/${name}`);
      wanted(`${mac} pxelinux.cfg/${name}`, isLast ? 200 : 404, answer.status);
    }
    retries += http.reconnects;
    reached('lookups');
    return { ended, retries };
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    return { ended, retries, failure: error.message };
  }
}

function wanted<T>(what: string, value: T, got: T): void {
  if (value !== got) throw new GaveUp(`${what}: wanted ${value}, got ${got}`);
}

/** What iPXE makes of the chain line: its variables filled in. */
function boot2Path(script: string, mac: string, address: string): string {
  const url = /chain\s+(http\S+)/.exec(script)?.[1];
  if (url === undefined) throw new GaveUp(`${mac} boot1: wanted a chain line, got ${JSON.stringify(script)}`);
  const values: Readonly<Record<string, string>> = {
    mac,
    ip: address,
    serial: `S-${mac}`,
    product: 'Standard PC',
  };
  const filled = url.replace(/\$\{([^}]*)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  return filled.replace(/^http:\/\/[^/]*/, '');
}

/** The eleven names, from the most to the least specific. */
function lookups(mac: string, address: string): readonly string[] {
  const hex = address
    .split('.')
    .map((octet) => Number(octet).toString(16).toUpperCase().padStart(2, '0'))
    .join('');
  const uuid = `44454c4c-3900-104e-804e-${mac.replaceAll(':', '')}`;
  const prefixes = Array.from({ length: 8 }, (_, at) => hex.slice(0, 8 - at));
  return [uuid, `01-${mac.replaceAll(':', '-')}`, ...prefixes, 'default'];
}
