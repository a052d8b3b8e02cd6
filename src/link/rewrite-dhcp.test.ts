import { describe, expect, it } from 'vitest';
import { type DhcpMessage, optionData, parseDhcpMessage } from '../wire/dhcp/message.ts';
import { WRITE_UP_DISCOVER } from '../wire/dhcp/testing/messages.ts';
import { parseEthernet } from '../wire/ethernet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { parseUdp, udpChecksum } from '../wire/udp.ts';
import { rewriteDhcp } from './rewrite-dhcp.ts';
import { dhcpFrame, udpFrame } from './testing/frames.ts';

const DISCOVER = udpFrame('client', [68, 67], WRITE_UP_DISCOVER);

/** The message in a frame whose lengths and checksums are right; throws where one is not. */
function messageIn(
  frame: Uint8Array | undefined,
): DhcpMessage & { readonly octets: number; readonly ttl: number } {
  const ethernet = parseEthernet(frame ?? new Uint8Array(0));
  if (!ethernet.ok) throw ethernet.error;
  const ip = parseIpv4(ethernet.value.payload);
  if (!ip.ok) throw ip.error;
  const udp = parseUdp(ip.value.payload);
  if (!udp.ok) throw udp.error;
  const message = parseDhcpMessage(udp.value.payload);
  if (!message.ok) throw message.error;
  expect(ip.value).toMatchObject({ checksum: { correct: true }, missing: 0, trailing: new Uint8Array(0) });
  expect(udpChecksum(ip.value.payload, udp.value, ip.value)).toBe('correct');
  return { ...message.value, octets: udp.value.payload.length, ttl: ip.value.ttl };
}

const codes = ({ options }: DhcpMessage): readonly number[] => options.map(({ code }) => code);

describe('rewriteDhcp', () => {
  it('takes options out; lengths and checksums are right, everything else stays', () => {
    const message = messageIn(rewriteDhcp(DISCOVER, { rewrite: 'dhcp', remove: [77, 175] }));
    expect(codes(message)).toEqual([53, 57, 93, 94, 60, 55, 61, 97]);
    expect(message).toMatchObject({ xid: 0x0071ceb4, secs: 4, flags: 0, ttl: 64 });
  });

  it('puts options in place of those there, and those that were not there last', () => {
    const message = messageIn(
      rewriteDhcp(DISCOVER, { rewrite: 'dhcp', set: { 57: [4, 236], 12: 'name', 55: [1, 3] } }),
    );
    expect(optionData(message, 57)).toEqual(Uint8Array.of(4, 236));
    expect(optionData(message, 55)).toEqual(Uint8Array.of(1, 3));
    expect(codes(message).at(-1)).toBe(12);
    expect(Buffer.from(optionData(message, 12) ?? []).toString()).toBe('name');
  });

  it('sets order, fields and length', () => {
    const message = messageIn(
      rewriteDhcp(DISCOVER, {
        rewrite: 'dhcp',
        order: [53, 55, 57, 97],
        broadcast: true,
        secs: 8,
        length: 548,
        ttl: 20,
      }),
    );
    expect(codes(message)).toEqual([53, 55, 57, 97, 93, 94, 60, 77, 175, 61]);
    expect(message).toMatchObject({ flags: 0x8000, secs: 8, octets: 548, ttl: 20 });
  });

  it('keeps the names of a reply, and its broadcast flag unless told', () => {
    const offer = dhcpFrame('offer', { file: 'undionly.kpxe', sname: 'pxe', flags: 0x8000 });
    expect(rewriteDhcp(offer, { rewrite: 'dhcp offer', broadcast: false })).toEqual(
      dhcpFrame('offer', { file: 'undionly.kpxe', sname: 'pxe', flags: 0 }),
    );
    expect(rewriteDhcp(offer, { rewrite: 'dhcp offer' })).toEqual(offer);
  });

  it('leaves a frame alone that holds no whole DHCP message', () => {
    expect(
      rewriteDhcp(udpFrame('client', [68, 67], new Uint8Array(10)), { rewrite: 'dhcp' }),
    ).toBeUndefined();
    expect(rewriteDhcp(DISCOVER.subarray(0, 200), { rewrite: 'dhcp' })).toBeUndefined();
  });
});
