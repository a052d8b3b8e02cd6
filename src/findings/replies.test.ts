import { describe, expect, it } from 'vitest';
import { option, PXE_BIOS } from '../story/testing/boot.ts';
import { ipv4, mac } from '../wire/address.ts';
import { buildDhcpMessage } from '../wire/dhcp/build-message.ts';
import { BROADCAST_FLAG } from '../wire/dhcp/message.ts';
import { serializeMessageType } from '../wire/dhcp/opt-message-type.ts';
import { OPTION } from '../wire/dhcp/option-codes.ts';
import { IP_PROTOCOL, serializeIpv4 } from '../wire/ipv4.ts';
import { serializeUdp } from '../wire/udp.ts';
import { JudgedBoot } from './testing/boot.ts';

const PROXY = ipv4('10.188.0.11');
const NO_ADDRESS = ipv4('0.0.0.0');

describe('replyFindings: R24, OFFER and ACK', () => {
  it('tells what the one says of the boot, and the other does not', () => {
    const boot = new JudgedBoot()
      .discover(PXE_BIOS)
      .offer({ file: 'old.0', siaddr: ipv4('10.188.0.10') })
      .request(PXE_BIOS)
      .ack({ file: 'new.0', options: [option(OPTION.vendorSpecific, Uint8Array.of(6, 1, 8))] });
    expect(boot.findings('dhcp.ack-differs')).toMatchObject([
      {
        weight: 'warning',
        says: 'OFFER and ACK of 10.188.0.10 do not say the same of what to boot: boot file old.0, then new.0; next server in the OFFER only; option 43 in the ACK only',
        remedy: 'give the same in both',
        frames: [2, 4],
      },
    ]);
  });

  it('holds it for no fault of the server where the client says more in its REQUEST', () => {
    const [vendorClass = option(OPTION.vendorClass, ''), architecture = vendorClass] = PXE_BIOS;
    const boot = new JudgedBoot()
      .discover([vendorClass])
      .offer({ file: 'any.0' })
      .request([vendorClass, { ...architecture, data: Uint8Array.of(0, 31) }])
      .ack({ file: 's390x.cfg' });
    expect(boot.findings('dhcp.ack-differs')).toMatchObject([{ weight: 'note' }]);
  });

  it('has nothing to say where they agree, or where another server acknowledges', () => {
    expect(new JudgedBoot().dora(PXE_BIOS, { file: 'a' }).findings('dhcp.ack-differs')).toEqual([]);
    const other = new JudgedBoot()
      .discover(PXE_BIOS)
      .offer({ server: PROXY, file: 'b' })
      .offer({ file: 'a' })
      .request(PXE_BIOS)
      .ack({ file: 'a' });
    expect(other.findings('dhcp.ack-differs')).toEqual([]);
  });
});

describe('replyFindings: R19, a proxy', () => {
  const proxy = { server: PROXY, yiaddr: NO_ADDRESS, file: 'undionly.kpxe' };

  it('tells that it came too late, and what there was to boot without it', () => {
    const bare = new JudgedBoot().discover(PXE_BIOS).offer().request(PXE_BIOS).ack().wait(3).offer(proxy);
    expect(bare.findings('dhcp.proxy-late')).toMatchObject([
      {
        weight: 'failure',
        says: 'the proxy 10.188.0.11 offered what to boot 3.0 s after the client had chosen an address',
        frames: [3, 5],
      },
    ]);
    const both = new JudgedBoot().discover(PXE_BIOS).offer({ file: 'a' }).request(PXE_BIOS).offer(proxy);
    expect(both.findings('dhcp.proxy-late')).toMatchObject([{ weight: 'note' }]);
  });

  it('has nothing to say of one that came in time', () => {
    const boot = new JudgedBoot().discover(PXE_BIOS).offer(proxy).offer().request(PXE_BIOS).ack();
    expect(boot.findings('dhcp.proxy-late')).toEqual([]);
  });
});

describe('replyFindings: R23, the broadcast flag', () => {
  const asked = (flags: number) => {
    const boot = new JudgedBoot();
    boot.wire.dhcp('client', {
      xid: 1,
      flags,
      options: [option(OPTION.messageType, serializeMessageType('discover')), ...PXE_BIOS],
    });
    return boot.offer({ xid: 1, file: 'a' } as never).offer({ xid: 1, file: 'a' } as never);
  };

  it('tells once that a reply went to an address that the client does not have', () => {
    expect(asked(BROADCAST_FLAG).findings('dhcp.reply-not-broadcast')).toMatchObject([
      {
        weight: 'warning',
        says: 'the client asked for a broadcast, and 10.188.0.10 answered to 10.188.0.66',
        frames: [1, 2],
      },
    ]);
  });

  it('has nothing to say where no broadcast was asked for', () => {
    expect(asked(0).findings('dhcp.reply-not-broadcast')).toEqual([]);
  });
});

describe('replyFindings: R22, relays', () => {
  const offered = (destination: string) => {
    const boot = new JudgedBoot().discover(PXE_BIOS);
    const addresses = { source: ipv4('10.188.0.10'), destination: ipv4(destination) };
    const bytes = buildDhcpMessage({
      op: 2,
      xid: 2,
      chaddr: mac('00:12:34:56:78:90'),
      yiaddr: ipv4('10.190.0.66'),
      giaddr: ipv4('10.190.0.1'),
      options: [option(OPTION.messageType, serializeMessageType('offer'))],
    });
    const payload = serializeUdp({ sourcePort: 67, destinationPort: 67, payload: bytes }, addresses);
    boot.wire.ethernet('server', 0x0800, serializeIpv4({ ...addresses, protocol: IP_PROTOCOL.udp, payload }));
    return boot.findings('dhcp.reply-past-relay');
  };

  it('tells that a reply for a relay went to everybody', () => {
    expect(offered('255.255.255.255')).toMatchObject([
      {
        says: '10.188.0.10 sent a reply for the relay 10.190.0.1 to everybody on its own network',
        frames: [2],
      },
    ]);
  });

  it('has nothing to say of one that went to the relay', () => {
    expect(offered('10.190.0.1')).toEqual([]);
  });
});

describe('replyFindings: R47, a port that is held down', () => {
  const answered = (seconds: readonly number[], delay = 0) => {
    const boot = new JudgedBoot().discover(PXE_BIOS);
    for (const pause of seconds) boot.wait(pause).again(PXE_BIOS);
    return boot.wait(delay).offer({ file: 'a' }).findings('link.silent-at-first');
  };

  it('tells that nobody answered for long, and then at once', () => {
    expect(answered([4, 8, 16])).toMatchObject([
      { weight: 'warning', says: 'nobody answered for 28.0 s, and then at once', frames: [1, 4, 5] },
    ]);
  });

  it('has nothing to say of a short wait, nor of a server that takes its time', () => {
    expect(answered([1, 2])).toEqual([]);
    expect(answered([4, 8, 16], 5)).toEqual([]);
  });
});
