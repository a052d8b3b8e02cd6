import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.ts';
import { orderScript } from './order-script.ts';
import { chooseOrder, type Order, type Orders } from './orders.ts';

const order = (url: string): Order => ({ kind: 'chain', url });
const rule = (match: Record<string, string | string[]>, url: string) => ({
  match: new Map(Object.entries(match).map(([name, value]) => [name, [value].flat()])),
  order: order(url),
});
const client = (values: Record<string, string | string[]>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, [value].flat()]));

const orders: Orders = {
  rules: [
    rule({ mac: '00:12:34:56:78:90' }, 'by-mac'),
    rule({ mac: '525400*', product: ['Standard PC*', 'KVM'] }, 'by-prefix-and-product'),
    rule({ uuid: '4c4c4544-0039-4e10-804e-b9c04f4d344a' }, 'by-uuid'),
    rule({ asset: 'A+?' }, 'by-asset'),
    rule({ serial: '', hostname: 'empty-serial' }, 'by-nothing'),
  ],
  defaultOrder: { kind: 'exit' },
};
const chosen = (values: Record<string, string | string[]>): string => {
  const { order } = chooseOrder(orders, client(values));
  return order.kind === 'chain' ? order.url : order.kind;
};

describe('chooseOrder', () => {
  it.each(['00:12:34:56:78:90', '00-12-34-56-78-90', '001234567890', '0012.3456.7890'])(
    'knows the client with mac %s in any spelling',
    (mac) => {
      expect(chosen({ mac })).toBe('by-mac');
      expect(chosen({ mac: mac.toUpperCase() })).toBe('by-mac');
    },
  );

  it('wants every name of a rule to match, with any of its patterns', () => {
    const mac = '52:54:00:12:34:56';
    expect(chosen({ mac, product: 'Standard PC (i440FX + PIIX, 1996)' })).toBe('by-prefix-and-product');
    expect(chosen({ mac, product: 'KVM' })).toBe('by-prefix-and-product');
    expect(chosen({ mac, product: 'kvm' })).toBe('exit');
    expect(chosen({ mac })).toBe('exit');
  });

  it('knows a UUID in both byte orders', () => {
    expect(chosen({ uuid: '4C4C4544-0039-4E10-804E-B9C04F4D344A' })).toBe('by-uuid');
    expect(chosen({ uuid: '44454c4c-3900-104e-804e-b9c04f4d344a' })).toBe('by-uuid');
    expect(chosen({ uuid: '44454c4c-0039-4e10-804e-b9c04f4d344a' })).toBe('exit');
  });

  it('looks at every value of a name that stands twice', () => {
    expect(chosen({ asset: ['', 'A+B'] })).toBe('by-asset');
    expect(chosen({ asset: ['A B'] })).toBe('exit');
  });

  it('takes a name that was not sent for an empty one', () => {
    expect(chosen({ hostname: 'empty-serial' })).toBe('by-nothing');
    expect(chosen({ hostname: 'empty-serial', serial: '' })).toBe('by-nothing');
    expect(chosen({ hostname: 'empty-serial', serial: '7' })).toBe('exit');
  });

  it('lets the first rule win and says which it was', () => {
    const both = client({ mac: '00:12:34:56:78:90', asset: 'A+B' });
    expect(chooseOrder(orders, both).rule).toBe(0);
    expect(chooseOrder(orders, client({})).rule).toBeUndefined();
  });
});

describe('matchesGlob', () => {
  it('does what the regular expression of the pattern does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, letters, (glob, text) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(glob, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('orderScript', () => {
  const sanboot: Order = {
    kind: 'sanboot',
    uri: 'iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget',
    initiatorIqn: 'iqn.2007-08.com.example.initiator:initiator',
  };

  it.each([
    [order('http://pxe.example.com/pxelinux.0'), '#!ipxe\nchain http://pxe.example.com/pxelinux.0\n'],
    [
      sanboot,
      '#!ipxe\nset initiator-iqn iqn.2007-08.com.example.initiator:initiator\n' +
        'sanboot iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget\n',
    ],
    [{ ...sanboot, initiatorIqn: undefined }, `#!ipxe\nsanboot ${sanboot.uri}\n`],
    [{ kind: 'exit' } as const, '#!ipxe\nexit\n'],
    [{ kind: 'script', text: '#!ipxe\necho hi ${mac}\nshell' } as const, '#!ipxe\necho hi ${mac}\nshell\n'],
  ])('writes the script of %j', (given, script) => {
    expect(orderScript(given, client({}))).toBe(script);
  });

  it('fills in what the client said, so that it stays one word of one line', () => {
    const given = order('http://h/{{serial}}/{{ mac }}/{{nothing}}');
    expect(orderScript(given, client({ serial: 'a b\nchain http://evil', mac: '00:12:34:56:78:90' }))).toBe(
      '#!ipxe\nchain http://h/a%20b%0Achain%20http://evil/00:12:34:56:78:90/\n',
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (serial) => {
        const script = orderScript(order('{{serial}}'), client({ serial }));
        expect(script).toMatch(/^#!ipxe\nchain [A-Za-z0-9._~:@+,/%-]*\n$/);
      }),
    );
  });
});
