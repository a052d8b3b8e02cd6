import { describe, expect, it } from 'vitest';
import { ipv4 } from '../wire/address.ts';
import { identifyClient } from '../wire/dhcp/client-identity.ts';
import { type DhcpMessage, parseDhcpMessage } from '../wire/dhcp/message.ts';
import { EDK2_DISCOVER } from '../wire/dhcp/testing/messages.ts';
import { HeardDhcp, type RecentMessages } from './heard-dhcp.ts';

function read(octets: Uint8Array): DhcpMessage {
  const parsed = parseDhcpMessage(octets);
  if (!parsed.ok) throw parsed.error;
  return parsed.value;
}

function heard(octets: Uint8Array, recent: RecentMessages = new Map()): HeardDhcp {
  const endpoint = { ip: ipv4('10.188.0.10'), port: 67 };
  return new HeardDhcp(
    octets,
    {
      timeNs: 1n,
      endNs: 1n,
      stage: 'firmware',
      frames: [1],
      messageType: 'discover',
      direction: 'from-client',
      missing: 0,
      identity: identifyClient(read(octets)),
      source: endpoint,
      destination: endpoint,
    },
    recent,
  );
}

describe('HeardDhcp', () => {
  it('reads the message that it was given, octets above 127 included', () => {
    const octets = Uint8Array.from(EDK2_DISCOVER);
    octets.fill(0xf7, 44, 60);
    expect(heard(octets).message).toEqual(read(octets));
  });

  it('keeps nothing of the octets it was given', () => {
    const octets = Uint8Array.from(EDK2_DISCOVER);
    const event = heard(octets);
    octets.fill(0);
    expect(event.message).toEqual(read(EDK2_DISCOVER));
  });

  it('reads a message once while it is remembered', () => {
    const recent: RecentMessages = new Map();
    const event = heard(EDK2_DISCOVER, recent);
    const { message } = event;
    expect(event.message).toBe(message);
    recent.clear();
    expect(event.message).not.toBe(message);
    expect(event.message).toEqual(message);
  });
});
