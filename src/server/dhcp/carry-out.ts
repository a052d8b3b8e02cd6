/** An answer as what is to be recorded, sent and told. */
import { UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { dhcpEvent } from './about-client.ts';
import type { WaitingMessage } from './address-probes.ts';
import { buildBootpReply } from './build-bootp-reply.ts';
import { buildNak, buildReply } from './build-reply.ts';
import type { BootChoice } from './choose-boot.ts';
import { nakDestination, replyDestination } from './destination.ts';
import type { DhcpOutput } from './dhcp-io.ts';
import { type Answer, type Exchange, serverIdentifierOf } from './exchange.ts';

export function carryOut(
  exchange: Exchange,
  answered: Exclude<Answer, { kind: 'probe' }>,
): readonly DhcpOutput[] {
  const { request, config, subnet, subnetOptions, reservation, via, boots, now } = exchange;
  switch (answered.kind) {
    case 'silence':
      return [dhcpEvent(request, { did: 'silence', because: answered.because })];
    case 'released':
    case 'declined':
      return [
        { kind: 'record', lease: answered.lease },
        dhcpEvent(request, { did: answered.kind, address: answered.lease.address }),
      ];
    case 'nak':
      return [
        {
          kind: 'send',
          bytes: buildNak(request, serverIdentifierOf(exchange), answered.because),
          to: nakDestination(request),
          via,
        },
        dhcpEvent(request, { did: 'nak', because: answered.because }),
      ];
    case 'bootp': {
      const { yiaddr, lease } = answered;
      const { bytes, boot } = buildBootpReply({
        request,
        config,
        subnet,
        subnetOptions,
        reservation,
        yiaddr,
      });
      return [
        ...(lease === undefined ? [] : [{ kind: 'record', lease } as const]),
        { kind: 'send', bytes, to: replyDestination(request, yiaddr ?? UNSPECIFIED_IPV4), via },
        dhcpEvent(request, {
          did: 'bootp',
          address: yiaddr ?? request.ciaddr,
          ...(boot.kind === 'file' ? { file: boot.name } : {}),
          because: boot.because,
        }),
      ];
    }
    case 'inform-ack':
    case 'offer':
    case 'ack': {
      const cameBack = boots.cameBack(request, now);
      const serverIdentifier = serverIdentifierOf(exchange);
      const common = { request, config, subnet, subnetOptions, reservation, serverIdentifier, cameBack };
      const isInform = answered.kind === 'inform-ack';
      const yiaddr = isInform ? UNSPECIFIED_IPV4 : answered.lease.address;
      const { bytes, boot } = buildReply(
        isInform
          ? { ...common, type: 'inform-ack' }
          : { ...common, type: answered.kind, yiaddr, leaseSeconds: answered.lease.seconds },
      );
      return [
        ...(answered.kind === 'ack' ? [{ kind: 'record', lease: answered.lease } as const] : []),
        { kind: 'send', bytes, to: replyDestination(request, yiaddr), via },
        dhcpEvent(request, {
          did: isInform ? 'ack' : answered.kind,
          address: isInform ? request.ciaddr : yiaddr,
          ...(boot.kind === 'file' ? { file: boot.name } : {}),
          because: boot.because,
        }),
        ...bootLoop(exchange, answered.kind, boot),
      ];
    }
    default:
      return answered satisfies never;
  }
}

function bootLoop(
  { request, boots, now }: Exchange,
  kind: 'offer' | 'ack' | 'inform-ack',
  boot: BootChoice,
): readonly DhcpOutput[] {
  if (kind === 'inform-ack') return [];
  const event = boots.note(kind === 'offer' ? 'offer' : 'request', request, boot, now);
  return event === undefined ? [] : [{ kind: 'event', event }];
}

export function badInput({ source }: WaitingMessage, because: string): DhcpOutput {
  return { kind: 'event', event: { stage: 'bad-input', protocol: 'DHCP', client: source.address, because } };
}
