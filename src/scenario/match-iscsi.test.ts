import { describe, expect, it } from 'vitest';
import { storyOf } from '../story/testing/stories.ts';
import { matchStory } from './match.ts';
import type { Step } from './schema.ts';

// iPXE boots from LUN 1.
const booted = await storyOf('lab/iscsi-sanboot.pcap');
const variables = new Map([['san', '10.188.0.10']]);
const FULL: Step = {
  iscsi: 'iqn.2007-08.com.example.san:*',
  outcome: 'logged-in',
  status: 'success',
  initiator: 'iqn.*:initiator',
  lun: '1',
  'read-at-least': 3072,
  failure: 'none',
  end: 'open',
  server: '${san}',
  from: 'ipxe',
};

describe('matchStory, of an iSCSI session', () => {
  it('meets a step by all that it can say', () => {
    expect(matchStory({ expect: [{ http: 'GET /boot2.php' }, FULL] }, booted, variables).complete).toBe(true);
  });

  it('says what differs', () => {
    const step: Step = { ...FULL, outcome: 'refused', lun: '5', 'read-at-least': 4000, chap: 'disks' };
    const { steps } = matchStory({ expect: [step] }, booted, variables);
    expect(steps).toMatchObject([
      {
        outcome: 'not-met',
        nearest: {
          event: { kind: 'iscsi' },
          mismatches: [
            { field: 'outcome', wanted: 'refused', got: 'logged-in' },
            { field: 'chap', wanted: 'disks', got: '(none)' },
            { field: 'lun', wanted: '5', got: '1' },
            { field: 'read-at-least', wanted: 'at least 4000', got: '3072' },
          ],
        },
      },
    ]);
  });

  it('finds a login that must never be', () => {
    const found = matchStory({ expect: [FULL], never: [{ iscsi: '*' }] }, booted, variables);
    expect(found.violations).toHaveLength(1);
  });
});
