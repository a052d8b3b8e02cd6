/** The operator's view in virtual time: events go in, records and lines come out. For tests. */
import { ipv4 } from '../../../wire/address.ts';
import type { ServerEvent } from '../../event.ts';
import { type BootsSpec, initialBoots } from '../boots.ts';
import { formatRecord } from '../format-record.ts';
import type { LogRecord } from '../log-record.ts';
import { stepBoots, tickBoots } from '../step-boots.ts';

export const MAC = '00:12:34:56:78:90';
export const ADDRESS = ipv4('10.188.0.66');
type DhcpEvent = Extract<ServerEvent, { stage: 'dhcp' }>;

export function told(spec: Partial<BootsSpec> = {}) {
  let state = initialBoots({
    prefix: 'b',
    maxClients: 4,
    servesLoader: true,
    servesScripts: true,
    boot2: '/boot2.php',
    ...spec,
  });
  let now = 0;
  const records: LogRecord[] = [];
  const hear = (event: ServerEvent): readonly LogRecord[] => {
    const [next, more] = stepBoots(state, event, now);
    state = next;
    records.push(...more);
    return more;
  };
  return {
    records,
    hear,
    state: () => state,
    /** Time goes by, in steps of a second as the server has it. */
    wait: (seconds: number): void => {
      for (let left = seconds; left > 0; left -= 1) {
        now += 1000 * Math.min(1, left);
        const [next, more] = tickBoots(state, now);
        state = next;
        records.push(...more);
      }
    },
    /** DISCOVER and REQUEST of a client, answered. */
    dora: (said: Partial<DhcpEvent> = {}): void => {
      const common = { stage: 'dhcp', client: MAC, address: ADDRESS, ...said } as const;
      hear({ ...common, did: 'offer', asked: 'discover' });
      hear({ ...common, did: 'ack', asked: 'request' });
    },
    tftp: (
      did: Extract<ServerEvent, { stage: 'tftp' }>['did'],
      file: string,
      more: { octets?: number; because?: string } = {},
      from = `${ADDRESS}:2070`,
    ) => hear({ stage: 'tftp', client: from, did, file, ...more }),
    /** A file that did not go out whole. */
    broken: (path: string, because: string) =>
      hear({
        stage: 'http',
        client: `${ADDRESS}:40000`,
        did: `GET ${path}`,
        status: 200,
        octets: 1500,
        because,
      }),
    get: (path: string, status = 200, from = `${ADDRESS}:40000`) =>
      hear({ stage: 'http', client: from, did: `GET ${path}`, status, octets: 100 }),
    orders: (did: string, because = 'rule 1', from = `${ADDRESS}:40000`) =>
      hear({ stage: 'orders', client: MAC, from, did, because }),
    /** What the terminal shows, from the stage on. */
    lines: (): readonly string[] =>
      records.flatMap((record) => {
        const line = formatRecord(record, 0, { paint: (_, text) => text, width: undefined });
        return line === undefined ? [] : [line.slice(47).replace(/ +/g, ' ')];
      }),
  };
}

export const FIRMWARE = {
  program: 'firmware',
  architecture: 0,
  file: 'undionly.kpxe',
  because: 'architecture 0 (x86 BIOS) by option-93',
} as const;
export const IPXE = {
  program: 'ipxe',
  architecture: 0,
  file: 'http://pxe.example.com/boot1.txt',
  because: 'iPXE by user-class-raw',
} as const;
/** The names that pxelinux asks for, as the write-up's log has them. */
export const LOOKUPS = [
  '4c4c4544-0039-4e10-804e-b9c04f4d344a',
  '01-00-12-34-56-78-90',
  '0ABC0042',
  '0ABC004',
  '0ABC00',
  '0ABC0',
  '0ABC',
  '0AB',
  '0A',
  '0',
];
