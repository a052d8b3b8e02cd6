import { describe, expect, it } from 'vitest';
import { type Ipv4Address, ipv4, mac } from '../../wire/address.ts';
import { buildDhcpMessage } from '../../wire/dhcp/build-message.ts';
import { parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { messageTypeOf, serializeMessageType } from '../../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../../wire/dhcp/option-codes.ts';
import type { Lease } from '../leases/lease-table.ts';
import { macKey } from './client-key.ts';
import { configureDhcp, type DhcpState, initialDhcpState } from './dhcp-state.ts';
import { stepDhcp } from './step-dhcp.ts';
import { addressOf, dhcpConfig, SERVER, subnet } from './testing/dhcp-bench.ts';

const NOW = 1_000_000;
const client = (n: number) => mac(`02:00:00:00:00:0${n}`);
const lease = (n: number, address: string, over: Partial<Lease> = {}): Lease => ({
  key: macKey(client(n)),
  address: ipv4(address),
  state: 'bound',
  until: NOW + 3_600_000,
  seconds: 3600,
  ...over,
});
const config = { ...dhcpConfig, probeAddresses: false };
const withPool = (first: string, last: string) => ({
  ...config,
  subnets: [{ ...subnet, ranges: [{ first: ipv4(first), last: ipv4(last) }] }],
});

/** The reply to a message of a client: its type and address. */
function said(
  state: DhcpState,
  n: number,
  type: 'discover' | 'request',
  asked: Ipv4Address | undefined,
  selecting: boolean,
): readonly [string | undefined, string | undefined] {
  const bytes = buildDhcpMessage({
    xid: 1,
    chaddr: client(n),
    options: [
      { code: OPTION.messageType, data: serializeMessageType(type) },
      ...(selecting ? [addressOf(OPTION.serverIdentifier, SERVER)] : []),
      ...(asked === undefined ? [] : [addressOf(OPTION.requestedAddress, asked)]),
    ],
  });
  const source = { address: '0.0.0.0', port: 68 };
  const [, outputs] = stepDhcp(state, { kind: 'datagram', bytes, source, via: SERVER }, NOW);
  const sent = outputs.find((output) => output.kind === 'send');
  const parsed = sent && parseDhcpMessage(sent.bytes);
  return parsed?.ok === true ? [messageTypeOf(parsed.value), parsed.value.yiaddr] : [undefined, undefined];
}
const offered = (state: DhcpState, n: number) => said(state, n, 'discover', undefined, false)[1];

describe('initialDhcpState with leases from before', () => {
  it('offers a client what it has, and nobody else that', () => {
    const state = initialDhcpState(withPool('10.188.0.60', '10.188.0.61'), [lease(1, '10.188.0.61')]);
    expect(offered(state, 2)).toBe('10.188.0.60');
    expect(offered(state, 3)).toBeUndefined();
    expect(offered(state, 1)).toBe('10.188.0.61');
  });

  it('acknowledges a client that comes back with its address (INIT-REBOOT)', () => {
    const state = initialDhcpState(config, [lease(1, '10.188.0.61')]);
    expect(said(state, 1, 'request', ipv4('10.188.0.61'), false)).toEqual(['ack', '10.188.0.61']);
  });

  it('acknowledges what was offered before a restart, though offers are not kept', () => {
    const state = initialDhcpState(config, []);
    expect(said(state, 1, 'request', ipv4('10.188.0.65'), true)).toEqual(['ack', '10.188.0.65']);
  });

  it('gives a released address to its client again, or to another one, and a declined one to nobody', () => {
    const leases = [
      lease(1, '10.188.0.60', { state: 'released', until: NOW - 1 }),
      lease(2, '10.188.0.61', { state: 'declined', until: NOW + 600_000 }),
    ];
    const pool = withPool('10.188.0.60', '10.188.0.61');
    expect(offered(initialDhcpState(pool, leases), 1)).toBe('10.188.0.60');
    const state = initialDhcpState(pool, leases);
    expect(offered(state, 3)).toBe('10.188.0.60');
    expect(offered(state, 2)).toBeUndefined();
  });

  it('takes the later of two leases of one client', () => {
    const state = initialDhcpState(withPool('10.188.0.60', '10.188.0.61'), [
      lease(1, '10.188.0.60'),
      lease(1, '10.188.0.61'),
    ]);
    expect(offered(state, 1)).toBe('10.188.0.61');
    expect(offered(state, 2)).toBe('10.188.0.60');
  });
});

describe('configureDhcp', () => {
  it('keeps leases of addresses that are not to be given any more, and has them again when they are', () => {
    const known = [lease(1, '10.188.0.60'), lease(2, '10.188.0.70')];
    const both = withPool('10.188.0.60', '10.188.0.70');
    const first = initialDhcpState(both, known);
    expect(first.unused).toEqual([]);
    const smaller = configureDhcp(first, withPool('10.188.0.60', '10.188.0.60'));
    expect(smaller.unused).toEqual([known[1]]);
    const again = configureDhcp(smaller, both);
    expect(again.unused).toEqual([]);
    expect(offered(again, 2)).toBe('10.188.0.70');
  });
});
