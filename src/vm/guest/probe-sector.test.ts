import { describe, expect, it } from 'vitest';
import { startBareMachine } from '../testing/bare-machine.ts';
import { PROBE_EXIT_DEVICE, PROBE_EXIT_STATUS, probeSector } from './probe-sector.ts';

describe('probeSector', () => {
  it('ends QEMU with its status once its work in protected mode is done', async () => {
    await using machine = await startBareMachine({
      disk: probeSector(),
      more: ['-device', PROBE_EXIT_DEVICE],
    });
    await machine.qmp.execute('cont');
    expect(await machine.exited).toBe(PROBE_EXIT_STATUS);
  });

  it('ends otherwise where the machine lacks the device it ends by', async () => {
    await using machine = await startBareMachine({ disk: probeSector() });
    await machine.qmp.execute('cont');
    await machine.says('Booting from Hard Disk');
    await machine.qmp.execute('quit');
    expect(await machine.exited).toBe(0);
  });
});
