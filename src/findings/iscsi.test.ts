import { describe, expect, it } from 'vitest';
import type { IscsiEvent, Story } from '../story/event.ts';
import { storyOf } from '../story/testing/stories.ts';
import { iscsiFindings } from './iscsi.ts';

const LATER = { endNs: 2n ** 62n };

const found = async (capture: string) => iscsiFindings(await storyOf(`lab/${capture}.pcap`), LATER);

/** A session of a capture with something else in its place. */
async function changed(capture: string, change: (event: IscsiEvent) => Partial<IscsiEvent>): Promise<Story> {
  const story = await storyOf(`lab/${capture}.pcap`);
  const events = story.events.map((event) =>
    event.kind === 'iscsi' ? { ...event, ...change(event) } : event,
  );
  return { ...story, events };
}

describe('iscsiFindings', () => {
  it('has nothing to say of a disk that boots', async () => {
    expect(await found('iscsi-sanboot')).toEqual([]);
    expect(await found('iscsi-chap')).toEqual([]);
  });

  it.each([
    [
      'iscsi-target-down',
      {
        id: 'iscsi.no-target',
        weight: 'failure',
        says: 'no iSCSI target listens at 10.188.0.10 port 3260: the connection was refused',
        frames: [10, 11],
      },
    ],
    [
      'iscsi-wrong-target',
      {
        id: 'iscsi.refused',
        weight: 'failure',
        says: 'the login to iqn.2007-08.com.example.san:othertarget was refused: not found',
        frames: [17],
      },
    ],
    [
      'iscsi-chap-missing',
      { id: 'iscsi.refused', because: 'the target wants CHAP, and the client offered None' },
    ],
    [
      'iscsi-chap-wrong-secret',
      {
        id: 'iscsi.refused',
        because: 'the secret, or the name disks, is not the one that the target has',
      },
    ],
    [
      'iscsi-wrong-lun',
      {
        id: 'iscsi.command-failed',
        weight: 'failure',
        because: 'the target has no such LUN',
        frames: [26],
      },
    ],
    [
      'iscsi-redirect',
      {
        id: 'iscsi.redirected',
        weight: 'note',
        says: 'iqn.2007-08.com.example.san:sometarget is elsewhere: target moved temporarily to 10.188.0.11:3260',
      },
    ],
  ])('tells what is the matter in %s', async (capture, finding) => {
    expect(await found(capture)).toMatchObject([finding]);
  });

  it('takes silence at the end of a capture for less than a failure', async () => {
    const story = await changed('iscsi-target-down', () => ({ outcome: 'unanswered' }));
    const says = 'nobody answers at 10.188.0.10 port 3260';
    expect(iscsiFindings(story, LATER)).toMatchObject([{ id: 'iscsi.unanswered', weight: 'failure', says }]);
    const now = { endNs: story.events.at(-1)?.endNs ?? 0n };
    expect(iscsiFindings(story, now)).toMatchObject([{ weight: 'warning', says }]);
  });

  it('knows that an initiator needs a name', async () => {
    const story = await changed('iscsi-wrong-target', ({ login }) => ({
      initiator: undefined,
      login: { ...login, status: { class: 2, detail: 7, text: 'missing parameter', frame: 17 } },
    }));
    expect(iscsiFindings(story, LATER)).toMatchObject([
      {
        because: 'the client has no initiator name',
        remedy: 'set initiator-iqn in the script, or DHCP option 203',
      },
    ]);
  });

  it('does not make a failure of a command that a disk refuses while it is read from', async () => {
    const story = await changed('iscsi-sanboot', () => ({
      failure: { operation: 'MODE SENSE(6)', lun: '1', what: 'CHECK CONDITION', frame: 70 },
    }));
    expect(iscsiFindings(story, LATER)).toMatchObject([
      { id: 'iscsi.command-failed', weight: 'warning', frames: [70] },
    ]);
  });
});
