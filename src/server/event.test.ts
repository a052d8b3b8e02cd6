import { describe, expect, it } from 'vitest';
import { ipv4 } from '../wire/address.ts';
import { formatEvent, type ServerEvent } from './event.ts';

describe('formatEvent', () => {
  const client = '10.188.0.60:2070';
  it.each<[ServerEvent, string]>([
    [
      {
        stage: 'dhcp',
        client: '00:12:34:56:78:90',
        did: 'offer',
        address: ipv4('10.188.0.66'),
        file: 'undionly.kpxe',
        because: 'architecture 0 (x86 BIOS) by option-93',
      },
      'dhcp 00:12:34:56:78:90 offer 10.188.0.66 "undionly.kpxe" (architecture 0 (x86 BIOS) by option-93)',
    ],
    [
      { stage: 'tftp', client, did: 'complete', file: 'ipxe.efi', octets: 850_432 },
      'tftp 10.188.0.60:2070 complete "ipxe.efi" 850432 octets',
    ],
    [
      { stage: 'http', client, did: 'GET /a\nb', status: 404, octets: 10 },
      'http 10.188.0.60:2070 404 "GET /a\\nb" 10 octets',
    ],
    [
      {
        ...{ stage: 'http', client, did: 'GET /a', status: 200, octets: 7, seconds: 2.34 },
        because: 'broken off',
      },
      'http 10.188.0.60:2070 200 "GET /a" 7 octets in 2.3 s (broken off)',
    ],
    [
      { stage: 'http', client, did: 'GET /a', status: 200, octets: 7, seconds: 0.5 },
      'http 10.188.0.60:2070 200 "GET /a" 7 octets',
    ],
    [
      { stage: 'orders', client: '\x1b[2J', did: 'exit', because: 'default' },
      'orders "\\u001b[2J" exit (default)',
    ],
    [{ stage: 'dns', client, did: 'pxe.example.com' }, 'dns 10.188.0.60:2070 "pxe.example.com"'],
    [
      { stage: 'boot-loop', client, file: 'undionly.kpxe', times: 3, seconds: 12, because: 'no user class' },
      'boot-loop 10.188.0.60:2070 "undionly.kpxe" 3 times in 12 s (no user class)',
    ],
    [
      { stage: 'bad-input', protocol: 'DHCP', client: '0.0.0.0', because: 'no magic cookie' },
      'bad-input DHCP 0.0.0.0 (no magic cookie)',
    ],
    [{ stage: 'server', did: 'DHCP serves 10.188.0.0/24' }, 'server DHCP serves 10.188.0.0/24'],
  ])('says %j in one line', (event, line) => {
    expect(formatEvent(event)).toBe(line);
  });
});
