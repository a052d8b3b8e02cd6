import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatedFile } from './generated-files.ts';
import { parseIpxeScript } from './ipxe-script.ts';
import { orderScript } from './order-script.ts';
import { type Order, ordersOf } from './orders.ts';
import { type PxelinuxSpec, pxelinuxConfig } from './pxelinux-config.ts';
import { chainTo, client, conditions, siteWith } from './testing/made-orders.ts';

const spec: PxelinuxSpec = {
  labels: [
    {
      name: 'install',
      text: '^Install',
      say: 'for {{serial}}',
      boot: {
        kind: 'kernel',
        kernel: 'debian/linux',
        initrds: ['a.gz', 'http://h/b.gz'],
        append: 'auto=true h={{serial}}',
      },
    },
    { name: 'local', text: undefined, say: undefined, boot: { kind: 'localboot', type: -1 } },
    {
      name: 'hdt',
      text: undefined,
      say: undefined,
      boot: { kind: 'com32', program: 'hdt.c32', append: 'verbose' },
    },
  ],
  default: 'local',
  timeoutSeconds: 10,
  menu: { title: 'Boot', graphical: false },
  console: { port: 1, speed: 115_200 },
  include: ['common.cfg'],
};

describe('pxelinuxConfig', () => {
  it('writes a menu with labels, console and includes', () => {
    expect(pxelinuxConfig(spec).text).toBe(`SERIAL 1 115200
DEFAULT local
UI menu.c32
MENU TITLE Boot
TIMEOUT 100
INCLUDE common.cfg

LABEL install
  MENU LABEL ^Install
  SAY for {{serial}}
  LINUX debian/linux
  INITRD a.gz,http://h/b.gz
  APPEND auto=true h={{serial}} console=tty0 console=ttyS1,115200n8

LABEL local
  MENU DEFAULT
  LOCALBOOT -1

LABEL hdt
  COM32 hdt.c32
  APPEND verbose
`);
  });

  it('asks nobody where there is neither menu nor timeout, and leaves consoles alone that are named', () => {
    const [install] = spec.labels;
    const own = {
      ...install,
      boot: { kind: 'kernel', kernel: 'l', initrds: [], append: 'console=hvc0' },
    } as const;
    const { text, variables } = pxelinuxConfig({
      labels: [{ name: 'x', text: undefined, say: undefined, boot: own.boot }],
      default: 'x',
      timeoutSeconds: undefined,
      menu: undefined,
      console: { port: 0, speed: 9600 },
      include: [],
    });
    expect(text).toBe('SERIAL 0 9600\nDEFAULT x\nPROMPT 0\n\nLABEL x\n  LINUX l\n  APPEND console=hvc0\n');
    expect(variables).toEqual([]);
  });

  it('has another id as soon as its text is another one', () => {
    const { id } = pxelinuxConfig(spec);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(pxelinuxConfig({ ...spec }).id).toBe(id);
    expect(pxelinuxConfig({ ...spec, default: 'hdt' }).id).not.toBe(id);
  });
});

const pxelinux = (over: Partial<PxelinuxSpec> = {}): Extract<Order, { kind: 'pxelinux' }> => ({
  kind: 'pxelinux',
  url: 'http://pxe.example.com/pxelinux.0',
  config: pxelinuxConfig({ ...spec, ...over }),
  spec: { ...spec, ...over },
  or: [],
});
const MAC = '00:12:34:56:78:90';
const UUID = '4c4c4544-0039-4e10-804e-b9c04f4d344a';
const rule = (match: Parameters<typeof conditions>[0], order: Order) => ({ match: conditions(match), order });

describe('generatedFile', () => {
  const by = (match: Parameters<typeof conditions>[0], defaultOrder: Order = { kind: 'exit' }) => {
    const site = siteWith({ orders: ordersOf([rule(match, pxelinux())], defaultOrder) });
    return (name: string, folder = '') =>
      generatedFile([...folder.split('/'), 'pxelinux.cfg', name], site)?.text;
  };

  it.each([
    [{ uuid: UUID }, UUID],
    // PXL-004: as dmidecode prints it, and as pxelinux asks for it.
    [{ uuid: '44454c4c-3900-104e-804e-b9c04f4d344a' }, UUID],
    [{ mac: '0012.3456.7890' }, '01-00-12-34-56-78-90'],
    [{ mac: '00:12:34' }, '01-00-12-34-56-78-90'],
    [{ ip: '10.188.0.66' }, '0ABC0042'],
    [{ ip: '10.188.0.0/24' }, '0ABC0042'],
  ])('answers a client known by %j at its own name %s (PXL-002, PXL-003, PXL-004)', (match, name) => {
    expect(by(match)(name)).toContain('LABEL install');
    expect(by(match)(name, 'boot/bios')).toContain('LABEL install');
  });

  it.each([
    ['01-00-12-34-56-78-91'],
    ['01-00-12-34-56-78-9'],
    ['01-00:12:34:56:78:90'],
    ['01-00-12-34-56-78-9A'],
    ['0ABC004'],
    ['0abc0042'],
    ['0'],
    ['default'],
    ['order-0123456789abcdef'],
    ['order-x'],
    ['menu.c32'],
    [''],
  ])('has nothing at %j (PXL-009)', (name) => {
    expect(by({ mac: MAC })(name)).toBeUndefined();
  });

  it('answers the last name where everybody else is to get pxelinux', () => {
    const name = by({ mac: MAC }, pxelinux({ default: 'hdt' }));
    expect(name('default')).toContain('DEFAULT hdt');
    expect(name('01-00-12-34-56-78-91')).toContain('DEFAULT hdt');
    expect(name('01-00-12-34-56-78-90')).toContain('DEFAULT local');
  });

  it('says nothing under a name that leaves open which rule it is', () => {
    const orders = ordersOf([rule({ serial: 'prod-*' }, { kind: 'exit' }), rule({ mac: MAC }, pxelinux())], {
      kind: 'exit',
    });
    const site = siteWith({ orders });
    expect(generatedFile(['pxelinux.cfg', '01-00-12-34-56-78-90'], site)).toBeUndefined();
  });

  it('gives what boot2 decided by a serial number, at the name that boot2 gave, to a server that remembers nothing', () => {
    const orders = () => ordersOf([rule({ serial: 'SN*' }, pxelinux())], { kind: 'exit' });
    const script = orderScript(pxelinux(), client({ serial: 'SN 1\nLABEL x', mac: MAC }));
    const [, name = ''] = /^set 209:string pxelinux\.cfg\/(\S+)$/m.exec(script) ?? [];
    const file = generatedFile(['pxelinux.cfg', name], siteWith({ orders: orders() }));
    expect(file?.text).toContain('  SAY for SN%201%0ALABEL%20x\n');
    expect(file?.text).toContain('h=SN%201%0ALABEL%20x console=');
    // Decided otherwise meanwhile: pxelinux goes on to its next name.
    const changed = ordersOf([rule({ serial: 'SN*' }, pxelinux({ default: 'hdt' }))], { kind: 'exit' });
    expect(generatedFile(['pxelinux.cfg', name], siteWith({ orders: changed }))).toBeUndefined();
  });

  it('finds configurations that are a fallback or in a menu', () => {
    const inMenu: Order = {
      kind: 'menu',
      title: 'x',
      items: [{ name: 'a', text: 'a', key: undefined, order: chainTo('http://a/', pxelinux()) }],
      default: undefined,
      timeoutMs: undefined,
    };
    const site = siteWith({ orders: ordersOf([], inMenu) });
    expect(generatedFile(['pxelinux.cfg', `order-${pxelinux().config?.id}`], site)?.text).toContain(
      'LABEL install',
    );
  });

  it('has lines of its own only, whatever the name says (SEC-013)', () => {
    const site = siteWith({ orders: ordersOf([], pxelinux()) });
    const { id } = pxelinuxConfig(spec);
    const read = (name: string) => generatedFile(['pxelinux.cfg', name], site)?.text ?? '';
    const words = (text: string) => text.split('\n').map((line) => line.trim().split(/\s+/).length);
    const shape = words(read(`order-${id}.${Buffer.from('serial=x').toString('base64url')}`));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (serial) => {
        const query = `serial=${encodeURIComponent(serial.toWellFormed())}`;
        expect(words(read(`order-${id}.${Buffer.from(query).toString('base64url')}`))).toEqual(shape);
      }),
    );
  });

  it('never throws', () => {
    const site = siteWith({ orders: ordersOf([rule({ mac: MAC }, pxelinux())], pxelinux()) });
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string({ unit: 'binary' }), (folder, name) => {
        generatedFile([...folder, 'pxelinux.cfg', name], site);
        generatedFile(folder, site);
      }),
    );
  });

  describe('boot1', () => {
    const boot1 = (path: string[], part = {}) => generatedFile(path, siteWith({ boot1: part }))?.text;

    it('sends everything that is known to boot2, under the names of the write-up (IPXE-002, IPXE-003)', () => {
      const script = boot1(['boot1.txt']) ?? '';
      const [line] = parseIpxeScript(script) ?? [];
      const [, url = ''] = line?.commands[0]?.words ?? [];
      expect(line?.commands).toEqual([{ words: ['chain', url], operator: undefined }]);
      const [path, query = ''] = url.split('?');
      expect(path).toBe('http://pxe.example.com/boot2.php');
      expect(query.split('&').map((pair) => pair.split('=')[0])).toEqual(
        ...[
          [
            'mac',
            'ip',
            'asset',
            'netmask',
            'gateway',
            'dns',
            'domain',
            'filename',
            'nextserver',
            'hostname',
            'uuid',
          ].concat(['userclass', 'manufacturer', 'product', 'serial', 'asset', 'buildarch', 'platform']),
        ],
      );
      for (const name of ['asset', 'serial', 'manufacturer', 'product', 'hostname']) {
        expect(query).toContain(`${name}=\${${name}:uristring}`);
      }
    });

    it('asks for more where the configuration does', () => {
      const variables = new Map([['chip', 'net0/chip']]);
      expect(boot1(['boot1.txt'], { variables })).toMatch(/&chip=\$\{net0\/chip\}\n$/);
    });

    it('is at the path it was given, and at autoexec.ipxe by choice, with DHCP first', () => {
      expect(boot1(['boot', 'one'], { path: '/boot/one' })).toBeDefined();
      expect(boot1(['boot1.txt'], { path: '/boot/one' })).toBeUndefined();
      expect(boot1(['autoexec.ipxe'])).toBeUndefined();
      expect(boot1(['autoexec.ipxe'], { autoexec: true })).toMatch(/^#!ipxe\ndhcp \|\| exit\n\nchain /);
    });
  });
});
