import { describe, expect, it } from 'vitest';
import { ipv4, mac } from '../../wire/address.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import {
  addressOf,
  bytesOf,
  codesOf,
  dhcpBench,
  dhcpConfig,
  octetsOf,
  rom,
  SERVER,
  textOf,
} from './testing/dhcp-bench.ts';

const other = { chaddr: mac('02:00:00:00:00:01') };
const asking = (address: string) => ({ options: [addressOf(OPTION.requestedAddress, ipv4(address))] });
const notAuthoritative = { ...dhcpConfig, authoritative: false };

describe('SELECTING', () => {
  it('acknowledges what was offered', () => {
    const bench = dhcpBench();
    const offer = bench.discover({ options: rom(0) });
    const ack = bench.select(offer?.message.yiaddr ?? SERVER, { options: rom(0) });
    expect(ack?.type).toBe('ack');
    const { yiaddr, siaddr, file, sname } = ack?.message ?? {};
    expect({ yiaddr, siaddr, file, sname }).toEqual({
      yiaddr: offer?.message.yiaddr,
      siaddr: offer?.message.siaddr,
      file: offer?.message.file,
      sname: offer?.message.sname,
    });
    for (const code of [1, 3, 6, 43, 51, 60, 66, 67])
      expect(bytesOf(ack, code)).toEqual(bytesOf(offer, code));
  });

  it('takes a REQUEST for another server as an offer declined, and frees the address', () => {
    const bench = dhcpBench();
    const offered = bench.discover()?.message.yiaddr ?? SERVER;
    const elsewhere = [
      addressOf(OPTION.serverIdentifier, ipv4('10.188.0.11')),
      addressOf(OPTION.requestedAddress, offered),
    ];
    expect(bench.send('request', { options: elsewhere }).reply).toBeUndefined();
    expect(bench.discover({ ...other, ...asking(offered) })?.message.yiaddr).toBe(offered);
  });

  it('does not free a bound lease because its client chose another server', () => {
    const bench = dhcpBench();
    const bound = bench.dora();
    bench.send('request', {
      options: [
        addressOf(OPTION.serverIdentifier, ipv4('10.188.0.11')),
        addressOf(OPTION.requestedAddress, bound),
      ],
    });
    expect(bench.discover({ ...other, ...asking(bound) })?.message.yiaddr).not.toBe(bound);
  });

  it('accepts any of its own addresses as server identifier', () => {
    const second = ipv4('192.0.2.1');
    const bench = dhcpBench({ ...dhcpConfig, ownAddresses: new Set([SERVER, second]) });
    const offered = bench.discover()?.message.yiaddr ?? SERVER;
    const options = [addressOf(OPTION.serverIdentifier, second), addressOf(OPTION.requestedAddress, offered)];
    expect(bench.send('request', { options }).reply?.type).toBe('ack');
  });

  it('acknowledges late, and refuses what somebody else got meanwhile', () => {
    const bench = dhcpBench();
    const offered = bench.discover()?.message.yiaddr ?? SERVER;
    bench.wait(40_000);
    expect(bench.select(offered)?.type).toBe('ack');
    expect(bench.select(offered, other)?.type).toBe('nak');
  });
});

describe('NAK (RFC 2131 Table 3)', () => {
  it('says why, has no addresses, and nothing but 53, 54, 56 and the echoes', () => {
    const bench = dhcpBench();
    const taken = bench.dora();
    const id = octetsOf(OPTION.clientIdentifier, 1, 2, 0, 0, 0, 0, 1);
    const nak = bench.select(taken, {
      ...other,
      options: [id, octetsOf(OPTION.parameterRequestList, 1, 3, 6, 51)],
    });
    expect(nak).toMatchObject({
      type: 'nak',
      message: { ciaddr: '0.0.0.0', yiaddr: '0.0.0.0', siaddr: '0.0.0.0', flags: 0 },
      to: { kind: 'link', mac: 'ff:ff:ff:ff:ff:ff', address: '255.255.255.255', port: 68 },
    });
    expect(codesOf(nak)).toEqual([53, 54, 56, 61]);
    expect(bytesOf(nak, OPTION.clientIdentifier)).toEqual([1, 2, 0, 0, 0, 0, 1]);
    expect(nak?.message.file.every((octet) => octet === 0)).toBe(true);
  });

  it('goes to the relay with the broadcast bit set', () => {
    const bench = dhcpBench();
    const relay = { giaddr: ipv4('10.188.0.1'), hops: 1 };
    const agent = octetsOf(OPTION.relayAgentInformation, 1, 5, 112, 111, 114, 116, 55);
    const nak = bench.select(ipv4('192.0.2.77'), { ...relay, options: [agent] });
    expect(nak).toMatchObject({
      type: 'nak',
      message: { flags: 0x8000, giaddr: '10.188.0.1' },
      to: { kind: 'routed', address: '10.188.0.1', port: 67 },
    });
    expect(codesOf(nak).at(-1)).toBe(OPTION.relayAgentInformation);
  });
});

describe('INIT-REBOOT', () => {
  it('acknowledges the lease the client remembers, and refuses another address or network', () => {
    const bench = dhcpBench(notAuthoritative);
    const own = bench.dora();
    const free = own === '10.188.0.70' ? '10.188.0.69' : '10.188.0.70';
    expect(bench.send('request', asking(own)).reply?.type).toBe('ack');
    expect(bench.send('request', asking(free)).reply?.type).toBe('nak');
    expect(bench.send('request', asking('192.0.2.77')).reply?.type).toBe('nak');
  });

  it('keeps silent about a client it has no record of, unless it is authoritative', () => {
    expect(dhcpBench(notAuthoritative).send('request', asking('10.188.0.65')).reply).toBeUndefined();
    expect(dhcpBench(notAuthoritative).send('request', asking('192.0.2.77')).reply).toBeUndefined();
    expect(dhcpBench().send('request', asking('10.188.0.65')).reply?.type).toBe('ack');
    expect(dhcpBench().send('request', asking('10.188.0.99')).reply?.type).toBe('nak');
    expect(dhcpBench().send('request', asking('192.0.2.77')).reply?.type).toBe('nak');
  });
});

describe('RENEWING and REBINDING', () => {
  it('renews at ciaddr, by unicast whatever the broadcast bit says', () => {
    const bench = dhcpBench();
    const ciaddr = bench.dora();
    for (const flags of [0, 0x8000]) {
      expect(bench.send('request', { ciaddr, flags }).reply).toMatchObject({
        type: 'ack',
        message: { ciaddr, yiaddr: ciaddr },
        to: { kind: 'routed', address: ciaddr, port: 68 },
      });
    }
  });

  it('counts the lease from the renewal', () => {
    const bench = dhcpBench();
    const ciaddr = bench.dora();
    bench.wait(43_000_000);
    bench.send('request', { ciaddr });
    bench.wait(43_000_000);
    expect(bench.discover({ ...other, ...asking(ciaddr) })?.message.yiaddr).not.toBe(ciaddr);
  });

  it("gives no ACK for another client's address or one that is not the client's own", () => {
    const bench = dhcpBench();
    const own = bench.dora();
    const others = bench.dora(other);
    for (const ciaddr of [
      others,
      ...['10.188.0.60', '10.188.0.70'].filter((a) => a !== own && a !== others),
    ]) {
      expect(bench.send('request', { ciaddr: ipv4(ciaddr) }).reply?.type).toBe('nak');
    }
    expect(dhcpBench(notAuthoritative).send('request', { ciaddr: own }).reply).toBeUndefined();
  });

  it('takes a lease it has forgotten back, being the only server there is', () => {
    expect(dhcpBench().send('request', { ciaddr: ipv4('10.188.0.65') }).reply?.type).toBe('ack');
  });

  it('is not misled by a PXE boot server discovery', () => {
    const bench = dhcpBench();
    const ciaddr = bench.dora();
    const discovery = [
      textOf(OPTION.vendorClass, 'PXEClient'),
      octetsOf(OPTION.vendorSpecific, 71, 4, 0, 0, 0, 0, 255),
    ];
    for (const address of [ciaddr, ipv4('10.188.0.200')]) {
      expect(bench.send('request', { ciaddr: address, options: discovery }).reply).toBeUndefined();
    }
  });
});

describe('REQUEST without any address', () => {
  it('is not answered', () => {
    expect(dhcpBench().send('request').reply).toBeUndefined();
    const server = { options: [addressOf(OPTION.serverIdentifier, SERVER)] };
    expect(dhcpBench().send('request', server).reply).toBeUndefined();
  });
});
