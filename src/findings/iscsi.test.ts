import { describe, expect, it } from 'vitest';
import type { IscsiEvent } from '../story/event.ts';
import { storyOf } from '../story/testing/stories.ts';
import { findingsOf } from './find.ts';
import type { Finding } from './finding.ts';

const story = await storyOf('lab/iscsi-sanboot.pcap');
const session = story.events.find((event) => event.kind === 'iscsi');
if (session === undefined) throw new Error('wanted an iSCSI session in the capture');

/** What is found where the session of the capture had gone otherwise. */
function findingsWith(change: Partial<IscsiEvent>): readonly Finding[] {
  const events = story.events.map((event) => (event === session ? { ...session, ...change } : event));
  const endNs = session === undefined ? 0n : session.endNs + 60_000_000_000n;
  return findingsOf({ ...story, events }, { endNs }).filter(({ id }) => id.startsWith('iscsi.'));
}

const status = (code: number, detail: number, text: string) => ({ class: code, detail, text, frame: 57 });

describe('iscsiFindings', () => {
  it('has nothing to say of a session that went well', () => {
    expect(findingsWith({})).toEqual([]);
    expect(findingsOf(story, { endNs: session.endNs })[1]?.says).toBe(
      'got as far as: iPXE logged in to iqn.2007-08.com.example.san:sometarget by iSCSI',
    );
  });

  it.each([
    ['no such name', { status: status(2, 3, 'not found'), chapAsked: false }, /has no such name/],
    [
      'a wrong secret',
      { status: status(2, 1, 'authentication failure'), chapAsked: true },
      /of CHAP is another one/,
    ],
    [
      'no secret',
      { status: status(2, 1, 'authentication failure'), chapAsked: false },
      /offered None: it has no name/,
    ],
  ])('tells a refused login, and why: %s', (_, login, because) => {
    const change = {
      outcome: 'refused',
      login: { ...session.login, authOffered: 'None', ...login },
    } as const;
    expect(findingsWith(change)).toMatchObject([
      { id: 'iscsi.refused', weight: 'failure', because: expect.stringMatching(because) },
    ]);
  });

  it('tells where nothing listens, where nobody answers, and where the target is now', () => {
    expect(findingsWith({ outcome: 'connection-refused' })).toMatchObject([{ id: 'iscsi.no-target' }]);
    expect(findingsWith({ outcome: 'unanswered' })).toMatchObject([
      { id: 'iscsi.unanswered', weight: 'failure' },
    ]);
    expect(findingsWith({ outcome: 'redirected', movedTo: '10.188.0.11:3260,1' })).toMatchObject([
      { id: 'iscsi.redirected', weight: 'note', says: expect.stringMatching(/10\.188\.0\.11:3260,1$/) },
    ]);
  });

  it('tells the first command that failed', () => {
    const failure = { operation: 'READ CAPACITY(10)', lun: '1', what: 'CHECK CONDITION', frame: 70 };
    expect(findingsWith({ failure })).toMatchObject([{ id: 'iscsi.command-failed', frames: [70] }]);
  });
});
