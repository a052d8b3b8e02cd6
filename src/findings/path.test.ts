import { describe, expect, it } from 'vitest';
import type { Story, UnreachableEvent } from '../story/event.ts';
import { PXE_BIOS } from '../story/testing/boot.ts';
import { ipv4 } from '../wire/address.ts';
import { pathFindings } from './path.ts';
import { JudgedBoot } from './testing/boot.ts';

const said = (code: number, frame: number): UnreachableEvent => ({
  kind: 'unreachable',
  timeNs: BigInt(frame),
  endNs: BigInt(frame),
  stage: 'ipxe',
  frames: [frame],
  code,
  from: ipv4('10.188.0.1'),
  about: { ip: ipv4('10.189.0.40'), port: 80 },
});

describe('pathFindings', () => {
  const story: Story = new JudgedBoot().dora(PXE_BIOS, { file: 'a' }).story();

  it('tells once which router cannot pass packets on, and how often it said so', () => {
    expect(pathFindings({ ...story, events: [...story.events, said(4, 9), said(4, 11)] })).toMatchObject([
      {
        id: 'path.mtu',
        says: '10.188.0.1 cannot pass on packets as long as those of 10.189.0.40 (said 2 times)',
        frames: [9],
      },
    ]);
  });

  it('has nothing to say of a closed port', () => {
    expect(pathFindings({ ...story, events: [...story.events, said(3, 9)] })).toEqual([]);
  });
});
