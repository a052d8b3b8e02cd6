import { describe, expect, it } from 'vitest';
import { chooseOrder, decideFrom, ordersOf, reasonOf } from './orders.ts';
import { chainTo, client, conditions } from './testing/made-orders.ts';

type Match = Parameters<typeof conditions>[0];
const rule = (match: Match, url: string) => ({ match: conditions(match), order: chainTo(url) });

const orders = ordersOf(
  [
    rule({ mac: '00:12:34:56:78:90' }, 'by-mac'),
    rule({ mac: '525400*', product: ['Standard PC*', 'KVM'] }, 'by-prefix-and-product'),
    rule({ uuid: '4c4c4544-0039-4e10-804e-b9c04f4d344a' }, 'by-uuid'),
    rule({ asset: 'A+?' }, 'by-asset'),
    rule({ serial: '', hostname: 'empty-serial' }, 'by-nothing'),
    rule({ mac: '00:26:b9' }, 'by-vendor'),
    rule({ ip: ['10.188.1.0/24', '10.188.2.9', '10.188.3.*'] }, 'by-network'),
    rule({ arch: '7' }, 'by-number'),
    rule({ arch: 'efi-arm64' }, 'by-platform'),
    rule({ 'user-class': 'lab*', serial: { not: ['old-*', ''] } }, 'by-class'),
  ],
  { kind: 'exit' },
);
const chosen = (values: Record<string, string | string[]>): string => {
  const { order } = chooseOrder(orders, client(values));
  return order.kind === 'chain' ? order.url : order.kind;
};

describe('chooseOrder', () => {
  it.each(['00:12:34:56:78:90', '00-12-34-56-78-90', '001234567890', '0012.3456.7890'])(
    'knows the client with mac %s in any spelling (IPXE-004)',
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

  it('takes three octets for a vendor', () => {
    expect(chosen({ mac: '00:26:B9:5e:30:3a' })).toBe('by-vendor');
    expect(chosen({ mac: '00:26:ba:5e:30:3a' })).toBe('exit');
  });

  it('knows a UUID in both byte orders', () => {
    expect(chosen({ uuid: '4C4C4544-0039-4E10-804E-B9C04F4D344A' })).toBe('by-uuid');
    expect(chosen({ uuid: '44454c4c-3900-104e-804e-b9c04f4d344a' })).toBe('by-uuid');
    expect(chosen({ uuid: '44454c4c-0039-4e10-804e-b9c04f4d344a' })).toBe('exit');
  });

  it.each([
    ['10.188.1.0', 'by-network'],
    ['10.188.1.255', 'by-network'],
    ['10.188.2.0', 'exit'],
    ['10.188.2.9', 'by-network'],
    ['10.188.3.77', 'by-network'],
    ['10.188.1', 'exit'],
    ['', 'exit'],
  ])('compares the address %j with networks, addresses and patterns', (ip, url) => {
    expect(chosen({ ip })).toBe(url);
  });

  it("knows an architecture by iPXE's names and by the number that firmware sends", () => {
    expect(chosen({ buildarch: 'x86_64', platform: 'efi' })).toBe('by-number');
    expect(chosen({ buildarch: 'x86_64', platform: 'pcbios' })).toBe('exit');
    expect(chosen({ buildarch: 'arm64', platform: 'efi' })).toBe('by-platform');
    expect(chosen({ arch: '7' })).toBe('by-number');
    expect(chosen({})).toBe('exit');
  });

  it('lets `not` hold where no value is one of those', () => {
    expect(chosen({ userclass: 'lab-3', serial: 'new-1' })).toBe('by-class');
    expect(chosen({ userclass: 'lab-3', serial: 'old-1' })).toBe('exit');
    expect(chosen({ userclass: 'lab-3' })).toBe('exit');
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

  it('lets the first rule win, whether it names an address or not, and says which it was', () => {
    const both = client({ mac: '00:12:34:56:78:90', asset: 'A+B' });
    expect(chooseOrder(orders, both).rule).toBe(0);
    expect(chooseOrder(orders, client({})).rule).toBeUndefined();
    const reversed = ordersOf([...orders.rules].toReversed(), { kind: 'exit' });
    expect(chooseOrder(reversed, both)).toMatchObject({ rule: 6, order: { url: 'by-asset' } });
    const twice = ordersOf(
      [
        rule({ mac: '001234567890', serial: '7' }, 'first'),
        rule({ mac: ['001234567891', '00-12-34-56-78-90'] }, 'second'),
        rule({ mac: '*' }, 'third'),
      ],
      { kind: 'exit' },
    );
    expect(chooseOrder(twice, client({ mac: '00:12:34:56:78:90' })).rule).toBe(1);
    expect(chooseOrder(twice, client({ mac: '00:12:34:56:78:90', serial: '7' })).rule).toBe(0);
    expect(chooseOrder(twice, client({ mac: '00:00:00:00:00:01' })).rule).toBe(2);
  });
});

describe('decideFrom', () => {
  const partly = ordersOf(
    [
      rule({ mac: '00:12:34:56:78:90', ip: '10.188.0.0/24' }, 'both'),
      rule({ mac: '00:12:34:56:78:91' }, 'mac'),
      rule({ serial: '7' }, 'serial'),
      rule({ mac: '00:12:34:56:78:92' }, 'late'),
    ],
    { kind: 'exit' },
  );
  const decided = (values: Record<string, string>) => decideFrom(partly, client(values))?.rule;

  it('decides where all that the rules before look at is known', () => {
    expect(decided({ mac: '00:12:34:56:78:91' })).toBe(1);
    expect(decided({ mac: '00:12:34:56:78:90', ip: '10.188.0.66' })).toBe(0);
  });

  it('does not where an earlier rule might be the one', () => {
    expect(decideFrom(partly, client({ mac: '00:12:34:56:78:90' }))).toBeUndefined();
    expect(decideFrom(partly, client({ mac: '00:12:34:56:78:92' }))).toBeUndefined();
    expect(decided({ mac: '00:12:34:56:78:92', serial: '' })).toBe(3);
    expect(decideFrom(partly, client({}))).toBeUndefined();
  });
});

describe('reasonOf', () => {
  it('names the rule, and where it stands', () => {
    const order = { kind: 'exit' } as const;
    expect(reasonOf({ order, rule: undefined })).toBe('default');
    expect(reasonOf({ order, rule: 2, where: 'pxe.yaml:40' })).toBe('rule 3, pxe.yaml:40');
  });
});
