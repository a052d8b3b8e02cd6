import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../wire/address.ts';
import type { ServerEvent } from '../event.ts';
import { ADDRESS, FIRMWARE, IPXE, LOOKUPS, MAC, told } from './testing/told.ts';

describe('stepBoots', () => {
  it("tells the write-up's boot in one line a stage, its eleven lookups in one, under one id", () => {
    const view = told();
    view.dora(FIRMWARE);
    view.tftp('size-probe', 'undionly.kpxe');
    view.tftp('started', 'undionly.kpxe', { octets: 70_000 });
    view.wait(0.5);
    view.tftp('complete', 'undionly.kpxe', { octets: 70_000 });
    view.wait(2);
    view.dora(IPXE);
    view.get('/boot1.txt');
    view.get('/boot2.php?mac=00%3A12');
    view.orders('chain');
    view.get('/pxelinux.0');
    for (const name of LOOKUPS) view.get(`/pxelinux.cfg/${name}`, 404);
    view.get('/pxelinux.cfg/default');
    view.get('/vmlinuz');
    view.wait(120);

    expect(view.lines()).toEqual([
      'dhcp 10.188.0.66, undionly.kpxe (architecture 0 (x86 BIOS) by option-93)',
      'tftp "undionly.kpxe", 70.0 kB in 0.50 s',
      'dhcp 10.188.0.66, http://pxe.example.com/boot1.txt (iPXE by user-class-raw)',
      'http "/boot1.txt", 100 octets',
      'orders chain (rule 1)',
      'http "/pxelinux.0", 100 octets',
      'pxelinux ✓ looked up 11 names, hit default',
      'http "/vmlinuz", 100 octets',
      'boot ✓ booted in 2.5 s',
    ]);
    expect(new Set(view.records.map(({ boot }) => boot))).toEqual(new Set(['b-1']));
    const search = view.records.find(({ stage }) => stage === 'pxelinux');
    expect(search?.more).toEqual({ names: [...LOOKUPS, 'default'] });
    expect(view.state().clients.get(MAC)?.boot).toMatchObject({
      outcome: 'done',
      rung: 'orders',
      found: 'default',
      order: 'chain',
      rule: 'rule 1',
      failure: undefined,
    });
    expect(Object.keys(view.state().clients.get(MAC)?.boot?.reached ?? {})).toEqual([
      'dhcp',
      'loader',
      'ipxe',
      'boot1',
      'boot2',
      'orders',
    ]);
  });

  it('begins another boot when firmware asks again after it got further, and not when it repeats a DISCOVER', () => {
    const view = told();
    view.dora(FIRMWARE);
    view.wait(4);
    view.dora(FIRMWARE);
    expect(view.state().boots).toBe(1);
    view.tftp('started', 'undionly.kpxe', { octets: 9 });
    view.dora(FIRMWARE);
    expect(view.state().boots).toBe(2);
  });

  it('begins another boot after a pause, and after orders that let the machine go', () => {
    const view = told();
    view.dora(FIRMWARE);
    view.wait(61);
    view.dora(FIRMWARE);
    expect(view.state().boots).toBe(2);
    view.orders('exit', 'default');
    view.dora(IPXE);
    expect(view.state().boots).toBe(3);
    expect(view.lines()).toContain('boot ✓ booted in 0.0 s');
  });

  it("lets iPXE's own DISCOVER go on with the boot, a ROM that is iPXE begin one, and one after pxelinux another", () => {
    const view = told();
    view.dora(IPXE);
    view.dora(IPXE);
    expect(view.state().boots).toBe(1);
    view.get('/boot1.txt');
    view.orders('chain');
    view.get('/pxelinux.cfg/default');
    view.dora(IPXE);
    expect(view.state().boots).toBe(2);
  });

  it("ends the boot with the system's own DHCP, and calls nothing a boot that only wants an address", () => {
    const view = told();
    view.dora({ program: 'unnamed' });
    view.wait(100);
    expect(view.records.filter(({ stage }) => stage === 'boot')).toEqual([]);
    view.dora(IPXE);
    view.orders('chain');
    view.dora({ program: 'unnamed', hostName: 'web1' });
    expect(view.lines().at(-2)).toBe('boot ✓ booted in 0.0 s');
    expect(view.records.at(-1)).toMatchObject({ boot: view.records.at(-3)?.boot, hostName: 'web1' });
  });

  it('does not give the traffic of a system that was booted long ago to its boot', () => {
    const view = told();
    view.dora(IPXE);
    view.orders('exit');
    view.wait(11 * 60);
    expect(view.get('/debian/Release')[0]?.boot).toBeUndefined();
    view.hear({
      stage: 'dhcp',
      client: MAC,
      did: 'ack',
      asked: 'request',
      program: 'unnamed',
      address: ADDRESS,
    });
    expect(view.records.at(-1)?.boot).toBeUndefined();
  });

  it.each<[string, ServerEvent | ((view: ReturnType<typeof told>) => void), string]>([
    [
      'no offer',
      {
        stage: 'dhcp',
        client: MAC,
        did: 'silence',
        asked: 'discover',
        program: 'firmware',
        because: 'no address is free',
      },
      'dhcp ✗ no offer (no address is free)',
    ],
    [
      'a NAK',
      { stage: 'dhcp', client: MAC, did: 'nak', asked: 'request', because: '10.0.0.9 is on another network' },
      'dhcp ✗ refused (NAK) (10.0.0.9 is on another network)',
    ],
    [
      'an architecture nobody configured',
      (view) => view.dora({ program: 'firmware', because: 'no file for architecture 11' }),
      'dhcp ! 10.188.0.66, no boot file (no file for architecture 11)',
    ],
    [
      'an offer nobody takes',
      (view) => {
        view.hear({
          stage: 'dhcp',
          client: MAC,
          did: 'offer',
          asked: 'discover',
          address: ADDRESS,
          ...FIRMWARE,
        });
        view.wait(11);
      },
      'dhcp ! offered 10.188.0.66, undionly.kpxe (no REQUEST came for it)',
    ],
    [
      'a file that is missing',
      (view) => view.tftp('refused', 'snponly.efi', { because: 'file not found' }),
      'tftp ✗ refused "snponly.efi" (file not found)',
    ],
    [
      'a transfer that times out',
      (view) => view.tftp('timed-out', 'ipxe.efi', { octets: 1468 }),
      'tftp ✗ "ipxe.efi" timed out after 1.5 kB',
    ],
    [
      'a transfer that is broken off',
      (view) => view.tftp('aborted', 'ipxe.efi', { because: 'ERROR 3 "disk full"' }),
      'tftp ✗ "ipxe.efi" broke off (ERROR 3 "disk full")',
    ],
    [
      'a 404 that is no lookup',
      (view) => {
        view.dora(IPXE);
        view.get('/vmlinuz', 404);
      },
      'http ✗ 404 for "/vmlinuz"',
    ],
    [
      'a file that did not go out whole',
      (view) => {
        view.dora(IPXE);
        view.broken('/vmlinuz', 'the client closed the connection');
      },
      'http ✗ "/vmlinuz" broke off after 1.5 kB (the client closed the connection)',
    ],
    [
      'a client that comes back for the same file',
      {
        stage: 'boot-loop',
        client: MAC,
        file: 'undionly.kpxe',
        times: 3,
        seconds: 20,
        because: 'the program does not start',
      },
      'boot-loop ✗ told to boot undionly.kpxe 3 times in 20 s (the program does not start)',
    ],
    [
      'lookups that all miss',
      (view) => {
        view.dora(IPXE);
        for (const name of LOOKUPS) view.tftp('refused', `pxelinux.cfg/${name}`);
        view.wait(4);
      },
      'pxelinux ✗ looked up 10 names, and none is there (no pxelinux.cfg/ file for it, 0 included)',
    ],
    [
      'a configuration that is refused',
      { stage: 'server', did: 'pxe.yaml:3: unknown field', reload: 'refused' },
      'server ✗ pxe.yaml:3: unknown field',
    ],
    [
      'octets that are no message',
      { stage: 'bad-input', protocol: 'DHCP', client: '10.0.0.7', because: 'no magic cookie' },
      'bad-input ! octets that are no DHCP (no magic cookie)',
    ],
    [
      'a declined address',
      { stage: 'dhcp', client: MAC, did: 'declined', address: ADDRESS },
      'dhcp ! found 10.188.0.66 in use by another machine',
    ],
  ])('makes %s stand out', (_, happens, line) => {
    const view = told();
    if (typeof happens === 'function') happens(view);
    else view.hear(happens);
    expect(view.lines()).toContain(line);
    expect(view.state().failures.map(({ text }) => text)).toHaveLength(1);
  });

  it('finds nothing wrong with autoexec.ipxe missing, a size probe, and another server chosen (TFTP-014, R10)', () => {
    const view = told();
    view.dora(FIRMWARE);
    view.tftp('size-probe', 'undionly.kpxe');
    view.tftp('refused', 'autoexec.ipxe', { because: 'file not found' });
    view.hear({
      stage: 'dhcp',
      client: MAC,
      did: 'silence',
      asked: 'request',
      because: 'it chose server 10.0.0.1',
    });
    expect(view.state().failures).toEqual([]);
  });

  it.each<[string, (view: ReturnType<typeof told>) => void, string]>([
    [
      'dhcp',
      (view) => view.dora(FIRMWARE),
      'boot ! stopped at dhcp after 0.0 s (it was sent to undionly.kpxe, and never asked for that)',
    ],
    [
      'loader',
      (view) => {
        view.dora(FIRMWARE);
        view.tftp('started', 'undionly.kpxe');
        view.tftp('complete', 'undionly.kpxe');
      },
      'boot ! stopped at loader after 0.0 s (it loaded undionly.kpxe, and nothing came after that)',
    ],
    [
      'ipxe',
      (view) => view.dora(IPXE),
      'boot ! stopped at ipxe after 0.0 s (iPXE was sent to http://pxe.example.com/boot1.txt, and never asked for that)',
    ],
    [
      'boot1',
      (view) => {
        view.dora(IPXE);
        view.get('/boot1.txt');
      },
      'boot ! stopped at boot1 after 0.0 s (it read its script, and nothing came after that)',
    ],
  ])('says where a boot stopped of which nothing more is heard: %s', (_, happens, line) => {
    const view = told();
    happens(view);
    view.wait(100);
    expect(view.lines().at(-1)).toBe(line);
  });

  it('calls a boot done that goes on with files of another server', () => {
    const view = told({ servesLoader: false });
    view.dora(FIRMWARE);
    view.wait(100);
    expect(view.lines().at(-1)).toBe('boot ✓ booted in 0.0 s');
  });

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
