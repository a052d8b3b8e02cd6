import { describe, expect, it } from 'vitest';
import { startBareMachine } from '../testing/bare-machine.ts';
import { bootDisk, bootSector, SECTOR_BYTES } from './boot-sector.ts';

const LINE = 'the disk was started';

describe('bootSector', () => {
  it('is one sector with one active partition and the signature of a boot record', () => {
    const sector = bootSector({ says: LINE, end: 'halt' });
    expect(sector).toHaveLength(SECTOR_BYTES);
    expect([...sector.subarray(510)]).toEqual([0x55, 0xaa]);
    expect([446, 462, 478, 494].map((entry) => sector[entry])).toEqual([0x80, 0, 0, 0]);
  });

  it('takes text up to the partition table, and not one character more', () => {
    const fits = (length: number): boolean => {
      try {
        bootSector({ says: 'x'.repeat(length), end: 'power-off' });
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return false;
      }
    };
    const longest = Array.from({ length: 446 }, (_, length) => length).findLast(fits) ?? 0;
    expect(longest).toBeGreaterThan(300);
    const sector = bootSector({ says: 'x'.repeat(longest), end: 'power-off' });
    // The partition entry stands, right behind the text's NUL.
    expect([...sector.subarray(442, 447)]).toEqual([0x78, 0x0d, 0x0a, 0x00, 0x80]);
  });

  it('refuses text that would end early', () => {
    expect(() => bootSector({ says: 'a\0b', end: 'halt' })).toThrow(RangeError);
  });
});

describe('bootDisk', () => {
  it.each([
    { end: 'power-off', event: 'SHUTDOWN', data: { guest: true, reason: 'guest-shutdown' } },
    { end: 'reset', event: 'RESET', data: { guest: true, reason: 'guest-reset' } },
    { end: 'panic', event: 'GUEST_PANICKED', data: { action: 'pause' } },
  ] as const)(
    'says its line on the serial port, then $end, which QEMU tells as $event',
    async ({ end, event, data }) => {
      const disk = bootDisk({ says: LINE, end });
      const more = ['-device', 'pvpanic', '-action', 'panic=pause'];
      await using machine = await startBareMachine({ disk, more });
      await machine.qmp.execute('cont');
      expect(await machine.event(event)).toMatchObject({ data });
      expect(machine.consoleText()).toMatch(new RegExp(`Booting from Hard Disk\\.\\.\\.\n${LINE}\n`));
    },
  );

  it('is said once where SeaBIOS copies the screen to the serial port', async () => {
    await using machine = await startBareMachine({ disk: bootDisk({ says: LINE, end: 'power-off' }) });
    await machine.qmp.execute('cont');
    await machine.event('SHUTDOWN');
    expect(machine.consoleText().split(LINE)).toHaveLength(2);
  });

  it('hands on to the next device: SeaBIOS goes on where the disk gives up', async () => {
    await using machine = await startBareMachine({ disk: bootDisk({ says: LINE, end: 'next-device' }) });
    await machine.qmp.execute('cont');
    await machine.says('No bootable device.');
    expect(machine.consoleText()).toContain(LINE);
  });
});
