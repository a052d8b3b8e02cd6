import { describe, expect, it } from 'vitest';
import { mac } from '../../wire/address.ts';
import type { OptionToSend } from '../../wire/dhcp/build-message.ts';
import { type DhcpMessage, parseDhcpMessage } from '../../wire/dhcp/message.ts';
import { BootHistory } from './boot-history.ts';
import type { BootChoice } from './choose-boot.ts';
import { addressOf, dhcpBench, ipxe, rom, SERVER } from './testing/dhcp-bench.ts';
import { messageBytes, proxyBench } from './testing/proxy-bench.ts';

const told: BootChoice = { kind: 'file', stage: 'firmware', name: 'undionly.kpxe', because: 'x' };
const numbered = (n: number) =>
  mac(`02:00:00:${[16, 8, 0].map((by) => ((n >> by) & 255).toString(16).padStart(2, '0')).join(':')}`);
function request(xid: number, client = 0): DhcpMessage {
  const parsed = parseDhcpMessage(
    messageBytes('request', { xid, chaddr: numbered(client), options: rom(0) }),
  );
  if (!parsed.ok) throw parsed.error;
  return parsed.value;
}

describe('BootHistory', () => {
  it('tells of the third round of a minute, then of the sixth, and so on', () => {
    const history = new BootHistory();
    const times = Array.from({ length: 12 }, (_, round) => {
      const event = history.note('request', request(round), told, round * 10_000);
      return event?.stage === 'boot-loop' ? [round + 1, event.times, event.seconds] : undefined;
    });
    expect(times.filter((one) => one !== undefined)).toEqual([
      [3, 3, 20],
      [6, 6, 50],
      [12, 12, 110],
    ]);
  });

  it('says what the client said, and was given', () => {
    const history = new BootHistory();
    const [, , third] = [1, 2, 3].map((xid) => history.note('request', request(xid), told, xid));
    expect(third).toMatchObject({
      client: '02:00:00:00:00:00',
      file: 'undionly.kpxe',
      because: expect.stringMatching(
        /does not say that it is iPXE.*no user class \(77\), no option 175, architecture 0 by option-93/,
      ),
    });
  });

  it('counts neither a repeated message, nor a renewal, nor rounds more than a minute apart', () => {
    const history = new BootHistory();
    for (let n = 0; n < 9; n++) expect(history.note('request', request(7), told, n)).toBeUndefined();
    const renewal = { ...request(8), ciaddr: SERVER };
    for (let n = 0; n < 9; n++) expect(history.note('request', renewal, told, n)).toBeUndefined();
    for (let n = 1; n < 9; n++) expect(history.note('request', request(n), told, n * 61_000)).toBeUndefined();
  });

  it('tells of offers that nobody takes', () => {
    const history = new BootHistory();
    const events = [0, 4, 12, 28].map((s) => history.note('offer', request(1), told, s * 1000));
    expect(events.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(events[3]).toMatchObject({
      times: 4,
      because: expect.stringContaining('no REQUEST follows the offers'),
    });
    history.note('request', request(1), told, 29_000);
    expect(history.note('offer', request(2), told, 30_000)).toBeUndefined();
  });

  it('remembers so many clients, and no more', () => {
    const history = new BootHistory();
    for (let n = 0; n < 20_000; n++) history.note('request', request(1, n), told, 0);
    // The last ones are known, the first ones forgotten.
    history.note('request', request(2, 19_999), told, 1);
    expect(history.note('request', request(3, 19_999), told, 2)).toBeDefined();
    history.note('request', request(2, 0), told, 1);
    expect(history.note('request', request(3, 0), told, 2)).toBeUndefined();
  });
});

describe('a loop, as an operator sees it', () => {
  const take = (options: OptionToSend[]) => [...options, addressOf(54, SERVER)];

  it('of a server without a branch for iPXE is told by a DHCP server and by a proxy (ipxe/ipxe#922)', () => {
    const dhcp = dhcpBench();
    const proxy = proxyBench();
    const loops = [1, 2, 3].map((xid) => {
      const offer = dhcp.discover({ xid, options: rom(0) });
      const options = [...take(rom(0)), addressOf(50, offer?.message.yiaddr ?? SERVER)];
      const byDhcp = dhcp.send('request', { xid, options }).events;
      proxy.send('discover', { xid, options: rom(0) });
      const byProxy = proxy.send('request', { xid, options }).events;
      dhcp.wait(2000);
      proxy.wait(2000);
      return [byDhcp, byProxy].map((events) => events.filter(({ stage }) => stage === 'boot-loop').length);
    });
    expect(loops).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  it('is not seen in a boot that goes on', () => {
    const dhcp = dhcpBench();
    const events = [rom(0), ipxe()].flatMap((options, xid) => {
      dhcp.dora({ xid, options });
      return dhcp.send('discover', { xid, options }).events;
    });
    expect(events.some(({ stage }) => stage === 'boot-loop')).toBe(false);
  });
});
