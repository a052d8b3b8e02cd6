/** How PXELINUX looks for its configuration: doc/pxelinux.txt, syslinux core/fs/pxe/pxe.c. */
import type { ClientFacts, Story } from '../../story/event.ts';
import { type LookupSequence, lookupNames, lookupSequences } from '../../story/lookups.ts';
import { type Check, fail, NOT_APPLICABLE, PASS, type Verdict } from '../check.ts';

export const LOOKUP_CHECKS: readonly Check<'stories'>[] = [
  {
    id: 'pxelinux.lookup.order',
    rows: ['PXL-001', 'PXL-002', 'PXL-003', 'PXL-004', 'FW-026'],
    subject: 'client',
    on: 'stories',
    clause: {
      document: 'doc/pxelinux.txt',
      section: 'CONFIGURATION FILENAME',
      level: 'PRACTICE',
      says: 'the configuration is asked for by UUID, by hardware address, by eight to one digits of the address in hex, then as default',
    },
    evaluate: (story) => firstFailure(story, outOfOrder),
  },
];

function firstFailure(
  story: Story,
  judge: (sequence: LookupSequence, client: ClientFacts) => Verdict,
): Verdict {
  const sequences = lookupSequences(story);
  if (sequences.length === 0) return NOT_APPLICABLE;
  const verdicts = sequences.map((sequence) => judge(sequence, story.client));
  return verdicts.find(({ outcome }) => outcome === 'fail') ?? verdicts[0] ?? NOT_APPLICABLE;
}

function outOfOrder({ lookups }: LookupSequence, client: ClientFacts): Verdict {
  const { mac, uuid, addresses } = client;
  const orders = addresses.map((ip) => [...lookupNames({ uuidOnWire: uuid, mac, ip }).values()]);
  const names = lookups.map(({ name }) => name);
  // A name that no address of the client gives is one of option 209, or of a machine behind another client's address.
  const known = names.filter((name) => orders.some((order) => order.includes(name)));
  const fits = orders.some((order) => {
    const places = known.map((name) => order.indexOf(name));
    return places.every((place, at) => place >= 0 && (at === 0 || place > (places[at - 1] ?? -1)));
  });
  if (known.length === 0)
    return {
      outcome: 'inconclusive',
      because: 'the capture does not tell the UUID, MAC and address of the client',
    };
  if (fits) return PASS;
  return fail(
    'UUID, hardware address, address in hex from eight digits to one, default',
    names.join(', '),
    lookups.flatMap(({ event }) => event.frames.slice(0, 1)),
  );
}
