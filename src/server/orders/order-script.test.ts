import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpxeScript } from './ipxe-script.ts';
import { orderScript } from './order-script.ts';
import type { Order } from './orders.ts';
import { pxelinuxConfig } from './pxelinux-config.ts';
import { scriptProblems } from './script-problems.ts';
import { chainTo, client } from './testing/made-orders.ts';

type OrderOf<K extends Order['kind']> = Extract<Order, { kind: K }>;
const sanboot: OrderOf<'sanboot'> = {
  kind: 'sanboot',
  uris: ['iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget'],
  initiatorIqn: 'iqn.2007-08.com.example.initiator:initiator',
  keep: false,
  noDescribe: false,
  drive: undefined,
  filename: undefined,
  or: [],
};
const kernel: OrderOf<'kernel'> = {
  kind: 'kernel',
  kernel: 'linux',
  initrds: ['a.img', 'b.img'],
  args: 'quiet',
  or: [],
};
const config = pxelinuxConfig({
  labels: [
    {
      name: 'install',
      text: undefined,
      say: undefined,
      boot: { kind: 'kernel', kernel: 'linux', initrds: [], append: 'hostname={{hostname}}' },
    },
  ],
  default: 'install',
  timeoutSeconds: undefined,
  menu: undefined,
  console: undefined,
  include: [],
});
const pxelinux: OrderOf<'pxelinux'> = {
  kind: 'pxelinux',
  url: 'http://pxe.example.com/boot/pxelinux.0',
  config,
  spec: undefined,
  or: [],
};
const menu: OrderOf<'menu'> = {
  kind: 'menu',
  title: 'Machine {{serial}}',
  items: [
    {
      name: 'debian',
      text: 'Debian',
      key: 'd',
      order: { ...chainTo('http://a/{{hostname}}'), or: [{ kind: 'shell' }] },
    },
    { name: 'linux', text: 'Linux', key: undefined, order: kernel },
    { name: 'shell', text: 'Shell', key: undefined, order: { kind: 'shell' } },
    { name: 'local', text: 'Local disk', key: undefined, order: { kind: 'exit' } },
  ],
  default: 'local',
  timeoutMs: 5000,
};

describe('orderScript', () => {
  it.each<[Order, string]>([
    [chainTo('http://pxe.example.com/pxelinux.0'), 'chain http://pxe.example.com/pxelinux.0\n'],
    [{ ...chainTo('http://a/'), autofree: true, replace: true }, 'chain --autofree --replace http://a/\n'],
    [
      chainTo('http://a/', chainTo('http://b/'), { kind: 'exit' }),
      'chain http://a/ || goto failed\nexit\n:failed\nchain http://b/ || goto failed-2\nexit\n:failed-2\nexit\n',
    ],
    [
      sanboot,
      'set initiator-iqn iqn.2007-08.com.example.initiator:initiator\n' +
        'sanboot iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget\n',
    ],
    [
      {
        ...sanboot,
        initiatorIqn: undefined,
        drive: 0x81,
        keep: true,
        noDescribe: true,
        uris: ['aoe:e0.0', 'aoe:e0.1'],
      },
      'sanboot --drive 0x81 --keep --no-describe aoe:e0.0 aoe:e0.1\n',
    ],
    [
      kernel,
      'kernel linux initrd=initrd initrd=initrd2 quiet\ninitrd --name initrd a.img\ninitrd --name initrd2 b.img\nboot\n',
    ],
    [
      { ...kernel, initrds: [], or: [{ kind: 'exit' }] },
      'kernel linux quiet || goto failed\nboot || goto failed\nexit\n:failed\nimgfree\nexit\n',
    ],
    [{ ...pxelinux, config: undefined, spec: undefined }, 'chain http://pxe.example.com/boot/pxelinux.0\n'],
    [{ kind: 'exit' }, 'exit\n'],
    [{ kind: 'reboot' }, 'reboot\n'],
    [{ kind: 'script', text: '#!ipxe\necho hi ${mac}\nshell' }, 'echo hi ${mac}\nshell\n'],
  ])('writes the script of %j', (given, script) => {
    expect(orderScript(given, client({}))).toBe(`#!ipxe\n${script}`);
  });

  it('tells pxelinux which configuration it was decided to have (PXL-006, PXL-008)', () => {
    expect(orderScript(pxelinux, client({ hostname: 'a b' }))).toBe(
      `#!ipxe\nset 209:string pxelinux.cfg/order-${config.id}.${Buffer.from('hostname=a%20b').toString('base64url')}\n` +
        'set 210:string http://pxe.example.com/boot/\nchain http://pxe.example.com/boot/pxelinux.0\n',
    );
    // What no name holds is left to the names that pxelinux makes itself.
    expect(orderScript(pxelinux, client({ hostname: 'x'.repeat(200) }))).toBe(
      '#!ipxe\nchain http://pxe.example.com/boot/pxelinux.0\n',
    );
  });

  it('shows a menu again when what was chosen fails, without its timeout', () => {
    const script = orderScript(menu, client({ serial: '7' }));
    expect(script).toContain(
      'set menu-timeout 5000\n:menu\nmenu Machine 7\nitem --key d debian Debian\nitem linux Linux\n',
    );
    expect(script).toContain('choose --default local --timeout ${menu-timeout} chosen || exit\n');
    expect(script).toContain(
      ':item-debian\nchain http://a/ || goto failed-debian\nexit\n:failed-debian\nshell\nexit\n',
    );
    expect(script).toContain(
      'boot || goto failed\nexit\n:item-shell\nshell ||\ngoto menu\n:item-local\nexit\nexit\n',
    );
    expect(scriptProblems((values) => orderScript(menu, values), ['serial', 'hostname'])).toEqual([]);
  });

  it.each<Order>([menu, pxelinux, sanboot, kernel, chainTo('http://a/', kernel, { kind: 'exit' })])(
    'gives every command that may fail a branch, or ends with it (IPXE-006): $kind',
    (order) => {
      const lines = parseIpxeScript(orderScript(order, client({}))) ?? [];
      const mayFail = new Set(['chain', 'kernel', 'initrd', 'sanboot', 'boot', 'choose']);
      // A kernel without a fallback stops at the first failure, and the machine goes on with its boot order.
      const plain = order.kind !== 'menu' && 'or' in order && order.or.length === 0;
      for (const { commands } of lines) {
        const [command] = commands;
        if (plain || !mayFail.has(command?.words[0] ?? '')) continue;
        expect(command?.operator).toBe('||');
      }
    },
  );

  it('fills in what the client said, so that it stays one word of one line', () => {
    const given = chainTo('http://h/{{serial}}/{{ mac }}/{{mac:hexhyp}}/{{nothing}}');
    expect(orderScript(given, client({ serial: 'a b\nchain http://evil', mac: '00:12:34:56:78:90' }))).toBe(
      '#!ipxe\nchain http://h/a%20b%0Achain%20http:%2F%2Fevil/00:12:34:56:78:90/00-12-34-56-78-90/\n',
    );
  });

  // SEC-013
  it('has the same commands whatever a client sends', () => {
    const orders: readonly Order[] = [
      menu,
      pxelinux,
      {
        ...sanboot,
        initiatorIqn: 'iqn.2007-08.com.example:{{hostname}}',
        uris: ['iscsi:san::::iqn.x:{{serial}}'],
      },
      { ...kernel, args: 'hostname={{hostname}} {{serial}} last', or: [{ kind: 'exit' }] },
      chainTo('{{serial}}', chainTo('http://h/{{hostname}}?a={{serial}}')),
      {
        kind: 'script',
        text: 'echo {{hostname}} {{serial}}\n:x\nset a {{serial}}\niseq ${a} {{hostname}} || goto x\nexit {{serial}}',
      },
    ];
    const nasty = fc.array(
      fc.constantFrom(
        ...[
          'a',
          'x',
          ' ',
          '\n',
          '\r',
          '\t',
          '\\',
          '\0',
          '||',
          '&&',
          ';',
          '#',
          ':',
          '-',
          '--',
          '$',
          '{',
          '}',
          '${cwduri}',
        ],
        ...[
          '%',
          '+',
          '&',
          '=',
          '"',
          "'",
          '/',
          'é',
          '語',
          '\u{1F600}',
          '\ud800',
          'chain http://evil',
          '{{serial}}',
          '%0a',
        ],
      ),
      { maxLength: 8 },
    );
    const value = fc.oneof(
      nasty.map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    const shape = (order: Order, values: Record<string, string>) => {
      const script = orderScript(order, client(values));
      const lines = parseIpxeScript(script);
      expect(lines).toBeDefined();
      expect(script).not.toMatch(/[\r\0]/);
      return lines?.map(({ label, commands }) => [
        label,
        commands.map(({ words, operator }) => [words[0], operator]),
      ]);
    };
    for (const order of orders) {
      // pxelinux's own settings are left out where a value is too long; that is another case, above.
      const wanted = shape(order, { hostname: 'host', serial: 'serial' });
      fc.assert(
        fc.property(value, value, (hostname, serial) => {
          fc.pre(order.kind !== 'pxelinux' || Buffer.byteLength(hostname) < 30);
          expect(shape(order, { hostname, serial })).toEqual(wanted);
        }),
        { numRuns: 1000 },
      );
    }
  });

  it('never makes two words, an option, a label or a setting of a value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (serial) => {
        const script = orderScript({ kind: 'script', text: 'echo {{serial}}' }, client({ serial }));
        expect(script).toMatch(/^#!ipxe\necho [A-Za-z0-9._~+%][A-Za-z0-9._~+%:-]*\n$/);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('scriptProblems', () => {
  const problems = (text: string, ...variables: string[]) =>
    scriptProblems((values) => orderScript({ kind: 'script', text }, values), variables);

  it.each([
    ['goto nowhere', /goto nowhere: there is no label/],
    [':a\n:a', /":a" stands twice/],
    ['echo {{serial}}||\nexit', /a client that says nothing would get other commands/],
    ['echo x \\{{serial}}\nexit', /other commands/],
    ['echo x {{serial}}# || exit', /other commands/],
    ['{{serial}} x', /in place of a command/],
    ['do{{serial}}', /in place of a command/],
    [':l{{serial}}', /in place of a command or label/],
  ])('finds what is wrong with %j', (text, said) => {
    expect(problems(text, 'serial').join()).toMatch(said);
  });

  it.each([':a\ngoto a', 'goto ${x}', 'echo {{serial}} {{serial}}', 'goto a ||\n:a'])(
    'has nothing against %j',
    (text) => {
      expect(problems(text, 'serial')).toEqual([]);
    },
  );
});
