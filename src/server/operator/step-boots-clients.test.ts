import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import type { ServerEvent } from '../event.ts';
import { FIRMWARE, IPXE, MAC, told } from './testing/told.ts';

describe('stepBoots: clients', () => {
  it('sees a client that comes back and back, and iPXE that loads iPXE (R1)', () => {
    const view = told();
    for (let round = 0; round < 3; round++) {
      view.dora(FIRMWARE);
      view.tftp('started', 'undionly.kpxe');
      view.tftp('complete', 'undionly.kpxe');
      view.wait(2);
    }
    expect(view.lines()).toContain(
      'boot ✗ boot loop (it begins for the 3rd time within 1 min, and never got to its orders)',
    );
    view.dora(IPXE);
    view.tftp('started', 'undionly.kpxe');
    expect(view.records.at(-2)).toMatchObject({ did: 'loop', because: 'iPXE loads undionly.kpxe again' });
  });

  it('sees a script that sends a client to its orders again and again', () => {
    const view = told();
    view.dora(IPXE);
    for (let round = 0; round < 5; round++) view.orders('chain');
    expect(view.records.at(-1)).toMatchObject({ did: 'loop', level: 'failure' });
  });

  it('goes on with a boot that somebody had kept at a menu', () => {
    const view = told();
    view.dora(IPXE);
    view.get('/boot1.txt');
    view.wait(200);
    view.orders('sanboot');
    expect(view.state().clients.get(MAC)?.boot).toMatchObject({
      id: 'b-1',
      outcome: 'done',
      failure: undefined,
    });
  });

  it('knows a client that another DHCP server serves by its address, and by the MAC address of its orders', () => {
    const view = told();
    view.tftp('started', 'ipxe.efi', { octets: 5 }, '10.9.0.5:2000');
    view.tftp('complete', 'ipxe.efi', { octets: 5 }, '10.9.0.5:2000');
    view.orders('exit', 'default', '10.9.0.5:40001');
    expect(new Set(view.records.map(({ boot }) => boot)).size).toBe(1);
    expect(view.records.at(-1)).toMatchObject({ client: MAC, address: '10.9.0.5' });
    expect([...view.state().clients.keys()]).toEqual([MAC]);
  });

  it('knows a client beside another DHCP server by the address it asks that one for', () => {
    const view = told();
    const address = ipv4('10.9.0.7');
    const proxied = { stage: 'dhcp', client: MAC, ...FIRMWARE } as const;
    view.hear({ ...proxied, did: 'offer', asked: 'discover', because: `proxy: ${FIRMWARE.because}` });
    view.hear({
      ...proxied,
      did: 'silence',
      asked: 'request',
      address,
      because: 'it takes its address from 10.9.0.1',
    });
    view.tftp('started', 'undionly.kpxe', {}, `${address}:2070`);
    expect(view.records.at(-1)).toMatchObject({ boot: 'b-1', client: MAC, address });
    expect(view.lines()).toEqual([
      'dhcp offered undionly.kpxe (proxy: architecture 0 (x86 BIOS) by option-93)',
    ]);
  });

  it('does not believe a MAC address in a request where DHCP knows better', () => {
    const view = told();
    const other = ipv4('10.188.0.67');
    view.dora({ ...IPXE, client: '02:00:00:00:00:01', address: other });
    view.dora(IPXE);
    view.orders('exit', 'default', `${other}:1024`);
    expect(view.records.at(-1)).toMatchObject({ client: '02:00:00:00:00:01' });
  });

  it('tells the same silence to the same client once in ten seconds, with how many it left out', () => {
    const view = told();
    const silent = {
      stage: 'dhcp',
      client: MAC,
      did: 'silence',
      asked: 'discover',
      because: 'no subnet for it',
    } as const;
    for (let n = 0; n < 5; n++) view.hear(silent);
    expect(view.lines()).toEqual(['dhcp ✗ no offer (no subnet for it)']);
    view.wait(10);
    view.hear(silent);
    expect(view.lines().at(-1)).toBe('dhcp ✗ no offer; 4 more like it (no subnet for it)');
  });

  it('keeps the clients it heard of last, and forgets the rest with their addresses', () => {
    const view = told({ maxClients: 3 });
    for (let n = 1; n <= 10; n++) {
      view.dora({ client: `02:00:00:00:00:${String(n).padStart(2, '0')}`, address: ipv4(`10.188.0.${n}`) });
    }
    expect([...view.state().clients.keys()].map((key) => key.slice(-2))).toEqual(['08', '09', '10']);
    expect([...view.state().byAddress.keys()]).toEqual(['10.188.0.8', '10.188.0.9', '10.188.0.10']);
  });

  it('stays within its bounds whatever comes', () => {
    const client = fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02', MAC, 'id 0102', '');
    const from = fc.integer({ min: 1, max: 9 }).map((n) => `10.188.0.${n}:${n}`);
    const event: fc.Arbitrary<ServerEvent> = fc.oneof(
      fc.record({
        stage: fc.constant('dhcp' as const),
        client,
        did: fc.constantFrom('offer', 'ack', 'nak', 'silence', 'released', 'declined'),
        asked: fc.constantFrom('discover', 'request', 'inform', 'bootp'),
        program: fc.constantFrom('firmware', 'ipxe', 'unnamed'),
        address: fc.integer({ min: 1, max: 9 }).map((n) => ipv4(`10.188.0.${n}`)),
        because: fc.string(),
      }),
      fc.record({
        stage: fc.constant('tftp' as const),
        client: from,
        did: fc.constantFrom('started', 'complete', 'size-probe', 'refused', 'aborted', 'timed-out'),
        file: fc.oneof(fc.string(), fc.constant('pxelinux.cfg/0')),
      }),
      fc.record({
        stage: fc.constant('http' as const),
        client: from,
        did: fc.oneof(fc.string(), fc.constant('GET /pxelinux.cfg/default')),
        status: fc.constantFrom(200, 404),
        octets: fc.nat(),
      }),
      fc.record({
        stage: fc.constant('orders' as const),
        client,
        from,
        did: fc.constantFrom('exit', 'chain'),
        because: fc.string(),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, fc.constantFrom(0, 0, 0, 5, 100)), { maxLength: 60 }),
        (events) => {
          const view = told();
          for (const [one, seconds] of events) {
            view.hear(one);
            view.wait(seconds);
            const { clients, byAddress, failures } = view.state();
            expect(clients.size).toBeLessThanOrEqual(4);
            expect(failures.length).toBeLessThanOrEqual(50);
            for (const [address, of] of byAddress) {
              expect(of.address).toBe(address);
              expect(clients.get(of.key)).toBe(of);
            }
          }
          view.lines();
        },
      ),
    );
  });
});
