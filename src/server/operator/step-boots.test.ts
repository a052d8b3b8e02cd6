import { describe, expect, it } from 'vitest';
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
});
