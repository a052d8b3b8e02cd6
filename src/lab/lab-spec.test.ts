import { describe, expect, it } from 'vitest';
import { ipv4, type MacAddress, mac } from '../wire/address.ts';
import { checkLabSpec, type LabHost, type LabSpec, SEED_LAB, seedLab } from './lab-spec.ts';

const withHost = (host: Partial<LabHost>): LabSpec => ({
  ...SEED_LAB,
  hosts: [
    ...SEED_LAB.hosts,
    {
      name: 'extra',
      interfaces: [{ network: 'lan', address: ipv4('10.188.0.50'), mac: mac('02:00:00:00:00:50') }],
      ...host,
    },
  ],
});
const attached = (change: object): LabSpec =>
  withHost({
    interfaces: [{ network: 'lan', address: ipv4('10.188.0.50'), mac: mac('02:00:00:00:00:50'), ...change }],
  });

describe('seedLab', () => {
  it("is the write-up's network, with the pool's addresses left free", () => {
    const addresses = SEED_LAB.hosts.map(({ name, interfaces }) => [
      name,
      interfaces[0].address,
      interfaces[0].mac,
    ]);

    expect(addresses).toEqual([
      ['pxe', '10.188.0.10', '02:00:0a:bc:00:0a'],
      ['gateway', '10.188.0.1', '02:00:0a:bc:00:01'],
      ['dns', '10.188.0.20', '02:00:0a:bc:00:14'],
    ]);
    expect(SEED_LAB.dns?.names['pxe.example.com']).toBe('10.188.0.10');
    expect(SEED_LAB.dns?.names['san.example.com']).toBeUndefined();
  });

  it('can have a SAN, and a mirror on a network of its own', () => {
    const lab = seedLab({ with: ['san', 'mirror'] });
    checkLabSpec(lab);

    expect(lab.networks).toHaveLength(2);
    expect(lab.dns?.names).toMatchObject({
      'san.example.com': '10.188.0.30',
      'mirror.example.com': '10.189.0.40',
    });
  });
});

describe('checkLabSpec', () => {
  it.each([
    { name: 'a name that a shell would read', spec: withHost({ name: 'a; reboot' }) },
    { name: 'a name of 14 letters', spec: withHost({ name: 'abcdefghijklmn' }) },
    { name: 'the name of a bridge', spec: withHost({ name: 'br0' }) },
    { name: 'the name of a tap', spec: withHost({ name: 'tap0' }) },
    { name: 'a name twice', spec: withHost({ name: 'pxe' }) },
    { name: 'an address twice', spec: attached({ address: ipv4('10.188.0.10') }) },
    { name: 'a MAC twice', spec: attached({ mac: SEED_LAB.hosts[0]?.interfaces[0].mac }) },
    { name: 'a MAC in another spelling', spec: attached({ mac: '02-00-00-00-00-50' as MacAddress }) },
    { name: 'a network that is not there', spec: attached({ network: 'wan' }) },
    { name: 'a gateway that is a name', spec: withHost({ gateway: 'gateway' as never }) },
    { name: 'DNS on no host', spec: { ...SEED_LAB, dns: { host: 'nobody', names: {} } } },
    {
      name: 'router advertisements of no host',
      spec: { ...SEED_LAB, routerAdvertisements: { host: 'nobody' } },
    },
    {
      name: 'a prefix of 31 bits',
      spec: { ...SEED_LAB, networks: [{ name: 'lan', prefixLength: 31 }] as const },
    },
  ])('rejects $name', ({ spec }) => {
    expect(() => checkLabSpec(spec)).toThrow(expect.objectContaining({ code: 'LAB_BAD_SPEC' }));
  });

  it('says the field, what was wanted and what stands there', () => {
    expect(() => checkLabSpec(attached({ network: 'wan' }))).toThrow(
      'hosts.extra.network: wanted one of lan, got "wan"',
    );
  });

  it('takes what is right', () => {
    expect(() => checkLabSpec(withHost({}))).not.toThrow();
  });
});
