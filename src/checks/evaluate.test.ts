import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Boot, IPXE, PXE_BIOS } from '../story/testing/boot.ts';
import { storyOf } from '../story/testing/stories.ts';
import { parseDhcpMessage } from '../wire/dhcp/message.ts';
import { ALL_CHECKS } from './all-checks.ts';
import { evaluate } from './evaluate.ts';
import { asked, reply } from './testing/dhcp.ts';

const outcomes = (results: ReturnType<typeof evaluate>) =>
  new Map(results.map(({ check, outcome }) => [check.id, outcome]));

describe('evaluate', () => {
  it('says something of every check, in their order', () => {
    const results = evaluate(new Boot().dora(PXE_BIOS).story(), ALL_CHECKS);
    expect(results.map(({ check }) => check.id)).toEqual(ALL_CHECKS.map(({ id }) => id));
  });

  it('counts how often a clause applied, and keeps the frames of what broke it', () => {
    const story = new Boot().dora(PXE_BIOS, { secs: 4 }).dora(IPXE).story();
    const [secs] = evaluate(
      story,
      ALL_CHECKS.filter(({ id }) => id === 'dhcp.reply.secs-zero'),
    );
    expect(secs).toMatchObject({ outcome: 'fail', applied: 4 });
    expect(secs?.failures.map(({ frames }) => frames)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('decides nothing by a message that the capture cut', () => {
    const story = new Boot().dora(PXE_BIOS, { secs: 4 }).story();
    const events = story.events.map((event) =>
      event.kind === 'dhcp'
        ? { ...event, identity: event.identity, message: event.message, missing: 9 }
        : event,
    );
    const results = evaluate({ ...story, events }, ALL_CHECKS);
    expect(new Set(outcomes(results).values())).toEqual(new Set(['inconclusive', 'not-applicable']));
  });

  it('finds of a real boot what its server is known for', async () => {
    // dnsmasq 2.90: it copies secs, echoes no option 61, has an order of its own; PHP's page has no length.
    const results = evaluate(await storyOf('lab/bios-ipxe-rom.pcap'), ALL_CHECKS);
    expect(results.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check.id)).toEqual([
      'dhcp.reply.secs-zero',
      'dhcp.reply.echoes-client-identifier',
      'dhcp.reply.order-as-requested',
      'dhcp.reply.echoes-machine-id',
      'http.get.content-length',
    ]);
  });

  it('throws at no octets', () => {
    const octets = fc.uint8Array({ minLength: 236, maxLength: 600 });
    fc.assert(
      fc.property(octets, octets, (question, answer) => {
        const [from, to] = [parseDhcpMessage(question), parseDhcpMessage(answer)];
        if (!from.ok || !to.ok) return;
        evaluate(
          {
            client: { id: 'x', mac: undefined, addresses: [], uuid: undefined, identities: [] },
            events: [
              { ...asked().event, message: from.value },
              { ...reply().event, message: to.value },
            ],
            dropped: 0,
          },
          ALL_CHECKS,
        );
      }),
    );
  });
});
