import type { Packet } from '../../story/packet.ts';
import { parseIpv4, UNSPECIFIED_IPV4 } from '../../wire/address.ts';
import { parseDns, serializeDns } from '../../wire/dns.ts';
import { compareDns, learnHosts } from './compare-dns.ts';
import { DNS_PORT, type DnsAnswer, type DnsStep, dnsAnswer, questionText } from './dns-step.ts';
import type { Actor, Exchange } from './exchange.ts';
import { QuestionExchange } from './question-exchange.ts';
import { takeRecordedAddress } from './recorded-address.ts';

/** A DNS question, octet by octet but for the name of a host that is another one now, and the answer to it. */
export function dnsExchange(step: DnsStep, actor: Actor): Exchange {
  const { query, tries, answers } = step;
  const { roles, host } = actor;
  const server = () => roles.serverOf(step.server, 'dns', 'server');
  const [{ name: recorded = '' } = {}] = query.questions;
  const name = roles.hostOf(recorded);
  const isOther = name !== recorded;
  const asked = isOther
    ? { ...query, questions: query.questions.map((question) => ({ ...question, name })) }
    : query;
  const question = {
    protocol: 'DNS',
    title: questionText(asked),
    ...{ tries, answers },
    isOneWay: false,
    obstacle: () => {
      const noAddress = takeRecordedAddress(step.clientAddress, actor);
      if (noAddress !== undefined) return noAddress;
      if (parseIpv4(name) !== undefined) return `the server says ${name} now: there is nothing to look up`;
      return server() === undefined
        ? `nobody stands for ${step.server} now: the answer that named it has not come`
        : undefined;
    },
    send: (index: number) => {
      const [one, to] = [tries[index], server()];
      if (one === undefined || to === undefined || host.address === UNSPECIFIED_IPV4) return;
      const payload = isOther ? serializeDns(asked) : one.payload;
      host.datagram(to, { sourcePort: one.clientPort, destinationPort: DNS_PORT }, payload);
    },
    answerIn: ({ frame, source, transport }: Packet) => {
      if (transport.kind !== 'udp' || source !== server()) return undefined;
      const { udp } = transport;
      const isOurs = tries.some(({ clientPort }) => clientPort === udp.destinationPort);
      if (udp.sourcePort !== DNS_PORT || !isOurs) return undefined;
      const parsed = parseDns(udp.payload.slice());
      if (!parsed.ok || !parsed.value.isResponse || parsed.value.id !== query.id) return undefined;
      return questionText(parsed.value) === questionText(asked)
        ? dnsAnswer(frame.number, source, parsed.value)
        : undefined;
    },
    isSameServer: () => true,
    learn: (before: DnsAnswer | undefined, got: DnsAnswer) => {
      if (before !== undefined) learnHosts(before.message, got.message, roles);
    },
    compare: (before: DnsAnswer, got: DnsAnswer) => compareDns(before.message, got.message, roles),
    describe: ({ message }: DnsAnswer) => questionText(message),
  };
  return new QuestionExchange(step, question, actor);
}
