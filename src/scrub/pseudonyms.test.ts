import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Ipv4Address,
  type Ipv6Address,
  ipv4,
  ipv4FromNumber,
  ipv4ToNumber,
  ipv6FromBytes,
  mac,
  macFromBytes,
} from '../wire/address.ts';
import { toHex } from '../wire/bytes.ts';
import { isKeptIpv4 } from './ipv4-pseudonyms.ts';
import { Known } from './known.ts';
import { isKeptMac } from './mac-pseudonyms.ts';
import { Pseudonyms, swapped } from './pseudonyms.ts';

const KEY = new TextEncoder().encode('a key for tests');
const make = (known = new Known(), key = KEY): Pseudonyms =>
  new Pseudonyms(key, { hideVendor: false }, known);
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const addresses = fc.integer({ min: 0, max: 0xffff_ffff }).map((value) => ipv4FromNumber(value));
const privateAddresses = fc.oneof(
  addresses,
  fc.integer({ min: 0, max: 0xffff }).map((low) => ipv4FromNumber(0xc0a80000 + low)),
  fc.integer({ min: 0, max: 0xff_ffff }).map((low) => ipv4FromNumber(0x0a000000 + low)),
);

describe('Pseudonyms.ipv4', () => {
  it('gives different addresses different pseudonyms, as long as they are, and none that the capture has', () => {
    fc.assert(
      fc.property(fc.uniqueArray(privateAddresses, { minLength: 1, maxLength: 40 }), (originals) => {
        const known = new Known();
        for (const address of originals) known.ipv4.add(address);
        const to = make(known);
        const made = originals.map((address) => to.ipv4(address));

        expect(new Set(made).size).toBe(originals.length);
        expect(made.map(({ length }) => length)).toEqual(originals.map(({ length }) => length));
        expect(
          made.filter((address, i) => !isKeptIpv4(originals[i] as Ipv4Address) && known.ipv4.has(address)),
        ).toEqual([]);
        expect(originals.map((address) => to.ipv4(address))).toEqual(made);
      }),
    );
  });

  it('keeps addresses of one network in one network, its first address the first and its broadcast address the last', () => {
    const bits = fc.integer({ min: 16, max: 30 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0xc0a80000, max: 0xc0a8ffff }),
        bits,
        octets(4),
        (value, length, hosts) => {
          const mask = (0xffff_ffff << (32 - length)) >>> 0;
          const network = (value & mask) >>> 0;
          const known = new Known();
          known.addSubnet(ipv4FromNumber(value), ipv4FromNumber(mask));
          const to = make(known);
          const mapped = (address: number): number => ipv4ToNumber(to.ipv4(ipv4FromNumber(address)));
          const first = mapped(network);
          const broadcast = mapped((network | ~mask) >>> 0);

          expect((first & ~mask) >>> 0).toBe(0);
          expect(broadcast).toBe((first | ~mask) >>> 0);
          for (const host of hosts) {
            const address = (network | (host & ~mask)) >>> 0;
            expect((mapped(address) & mask) >>> 0).toBe(first);
          }
        },
      ),
    );
  });

  it('keeps masks, groups, loopback, this network and documentation', () => {
    const kept = [
      '0.0.0.0',
      '127.0.0.1',
      '224.0.1.2',
      '255.255.255.0',
      '255.255.255.255',
      '192.0.2.7',
      '203.0.113.9',
    ];
    const to = make();
    expect(kept.map((address) => to.ipv4(ipv4(address)))).toEqual(kept);
  });

  it('puts a network of usual length into 10.188.0.0/16', () => {
    expect(make().ipv4(ipv4('192.168.1.14'))).toMatch(/^10\.188\.\d\d\.\d\d$/);
  });
});

describe('Pseudonyms.mac', () => {
  it('gives each address its own, of the same vendor, and none that the capture has', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          octets(6).map((bytes) => macFromBytes(bytes)),
          { maxLength: 30 },
        ),
        (originals) => {
          const known = new Known();
          for (const address of originals) known.macs.add(address);
          const to = make(known);
          const made = originals.map((address) => to.mac(address));

          expect(new Set(made).size).toBe(originals.length);
          for (const [i, address] of originals.entries()) {
            expect(made[i]?.slice(0, 8)).toBe(address.slice(0, 8));
            expect(made[i] === address).toBe(isKeptMac(address));
          }
        },
      ),
    );
  });

  it('hides the vendor where that is wanted, and keeps what kind of address it is', () => {
    const to = new Pseudonyms(KEY, { hideVendor: true });
    const made = to.mac(mac('52:54:00:12:34:56'));
    expect(made.slice(0, 8)).not.toBe('52:54:00');
    // On Token Ring the first bit of a source announces routing information.
    expect(Number.parseInt(made.slice(0, 2), 16) & 0xc3).toBe(0x42);
  });
});

describe('Pseudonyms.ipv6', () => {
  it('gives each address its own, in 2001:db8::/32 or still link-local', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          octets(16).map((bytes) => toHex(bytes)),
          { maxLength: 20 },
        ),
        fc.boolean(),
        (hexes, isLinkLocal) => {
          const originals = new Set(
            hexes.map((hex) =>
              ipv6FromBytes(
                Buffer.from(
                  isLinkLocal ? `fe80${'0'.repeat(12)}${hex.slice(16)}` : `2a${hex.slice(2)}`,
                  'hex',
                ),
              ),
            ),
          );
          const known = new Known();
          for (const address of originals) known.ipv6.add(address);
          const to = make(known);
          const made = [...originals].map((address) => to.ipv6(address));

          expect(new Set(made).size).toBe(originals.size);
          for (const address of made) expect(address).toMatch(isLinkLocal ? /^fe80:/ : /^2001:db8:/);
        },
      ),
    );
  });

  it('makes an interface identifier of a hardware address from its pseudonym, and the solicited-node group from that', () => {
    const known = new Known();
    const address = 'fe80::5054:ff:fe12:3456' as Ipv6Address;
    known.ipv6.add(address);
    const to = make(known);
    const tail = to.mac(mac('52:54:00:12:34:56')).slice(9).split(':');
    const [a, b, c] = tail.map((octet) => octet);
    const expected = ipv6FromBytes(
      Buffer.from(`fe800000000000005054 00fffe${a}${b}${c}`.replace(' ', ''), 'hex'),
    );

    expect(to.ipv6(address)).toBe(expected);
    expect(to.ipv6('ff02::1:ff12:3456' as Ipv6Address)).toBe(
      ipv6FromBytes(Buffer.from(`ff0200000000000000000001ff${a}${b}${c}`, 'hex')),
    );
    const group = Uint8Array.of(0x33, 0x33, 0xff, 0x12, 0x34, 0x56);
    to.putMac(group);
    expect(toHex(group)).toBe(`3333ff${a}${b}${c}`);
  });
});

describe('Pseudonyms.uuidText', () => {
  it('is the same UUID in either order of its groups', () => {
    fc.assert(
      fc.property(octets(16), (uuid) => {
        const to = make();
        const onWire = uuid.slice();
        to.putUuid(onWire);
        const text = (bytes: Uint8Array): string =>
          toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

        expect(to.uuidText(text(uuid))).toBe(text(onWire));
        if (toHex(swapped(uuid)) !== toHex(uuid))
          expect(to.uuidText(text(swapped(uuid)))).toBe(text(swapped(onWire)));
      }),
    );
  });
});

describe('Pseudonyms.name', () => {
  const labels = fc.stringMatching(/^[a-z][a-z0-9]{2,20}$/);

  it('keeps every label its length, gives different labels different pseudonyms, and makes no name that can be real', () => {
    fc.assert(
      fc.property(fc.uniqueArray(labels, { minLength: 2, maxLength: 5 }), (parts) => {
        const name = [...parts, 'corp'].join('.');
        const made = make().name(name).split('.');

        expect(made.map(({ length }) => length)).toEqual(name.split('.').map(({ length }) => length));
        // A label may be one of those that say nothing, as `test`.
        expect(new Set(made).size).toBe(new Set(name.split('.')).size);
        expect(made.at(-1)).toMatch(/\d/);
      }),
    );
  });

  it('keeps names made for documentation', () => {
    expect(make().name('pxe.example.com')).toBe('pxe.example.com');
  });
});

describe('Pseudonyms', () => {
  it('are the same for the same key, and others for another', () => {
    const address = ipv4('172.16.77.131');
    const other = make(new Known(), new TextEncoder().encode('another key'));
    expect(make().ipv4(address)).toBe(make().ipv4(address));
    expect(other.ipv4(address)).not.toBe(make().ipv4(address));
  });
});
