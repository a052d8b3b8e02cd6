import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { profileOfCapture } from '../profile/capture-profile.ts';
import { mac } from '../wire/address.ts';
import { holdProfile, loadStoredProfile } from './stored-profile.ts';

const RECORDED = resolve(import.meta.dirname, '../../captures/recorded');
const stored = await loadStoredProfile(`${RECORDED}/uefi-x64.profile.yaml`);
const at = { mac: mac('52:54:00:12:34:56'), line: 6 };
const boot = await profileOfCapture(stored.capture ?? '', at.mac);

describe('holdProfile', () => {
  it('finds nothing where the boot is the recorded one', async () => {
    expect(boot.frames.size).toBeGreaterThan(50);
    expect(await holdProfile(stored, boot, at)).toEqual([]);
  });

  it('fails by name, with the frames of both captures, where a fact differs', async () => {
    const changed = structuredClone(boot.profile);
    const discover = changed.stages.firmware?.dhcp?.discover;
    if (discover === undefined) throw new Error('no DISCOVER in the capture');
    discover['max-message-size'] = 576;
    expect(await holdProfile(stored, { ...boot, profile: changed }, at)).toEqual([
      {
        rule: 'profile',
        step: 'firmware.dhcp.discover.max-message-size',
        line: 6,
        event: undefined,
        differences: [
          {
            field: 'max-message-size',
            wanted: '1472  [#2 of uefi-x64.pcapng]',
            got: '576  [#2 of this boot]',
          },
        ],
        message: 'wanted 1472  [#2 of uefi-x64.pcapng], got 576  [#2 of this boot]',
      },
    ]);
  });

  it('lets differ what the profile allows', async () => {
    const changed = structuredClone(boot.profile);
    const exchange = changed.stages.firmware?.dhcp?.exchange;
    if (exchange === undefined) throw new Error('no exchange in the capture');
    exchange['offer-to-request-seconds'] = Number(exchange['offer-to-request-seconds']) + 2;
    expect(await holdProfile(stored, { ...boot, profile: changed }, at)).toEqual([]);
    exchange['offer-to-request-seconds'] = 60;
    expect(await holdProfile(stored, { ...boot, profile: changed }, at)).toHaveLength(1);
  });
});
