import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Boot, PXE_BIOS } from '../story/testing/boot.ts';
import { MeanwhileWatch } from './meanwhile.ts';
import type { Meanwhile } from './schema.ts';

const OFFERED = new Boot().discover(PXE_BIOS).offer({ file: 'a' }).story();
const TAKEN = new Boot().dora(PXE_BIOS, { file: 'a' }).story();

/** What is done to a server, in order. */
function recorder() {
  const done: string[] = [];
  return {
    done,
    restart: () => void done.push('restart'),
    kill: (back?: number) => void done.push(`kill, back after ${back}`),
  };
}

describe('MeanwhileWatch', () => {
  const KILL: Meanwhile = { after: { dhcp: 'ack' }, server: 'kill', 'back-after': 2 };

  it('does each thing once, when its event was seen', () => {
    const server = recorder();
    using watch = new MeanwhileWatch([KILL, { after: { dhcp: 'offer' }, server: 'restart' }]);
    watch.look(OFFERED, new Map(), server);
    expect(server.done).toEqual(['restart']);
    expect(watch.missing).toEqual(['kill after dhcp: ack']);
    watch.look(TAKEN, new Map(), server);
    watch.look(TAKEN, new Map(), server);
    expect(server.done).toEqual(['restart', 'kill, back after 2']);
    expect(watch.missing).toEqual([]);
  });

  it('waits the seconds that are asked for, and says until then that it has not come to pass', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const server = recorder();
    using watch = new MeanwhileWatch([{ ...KILL, wait: 1.5 }]);
    watch.look(TAKEN, new Map(), server);
    vi.advanceTimersByTime(1_499);
    expect(server.done).toEqual([]);
    expect(watch.missing).toEqual(['kill 1.5 s after dhcp: ack']);
    vi.advanceTimersByTime(1);
    expect(server.done).toEqual(['kill, back after 2']);
    expect(watch.missing).toEqual([]);
  });

  it('does nothing once the boot is over', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const server = recorder();
    const watch = new MeanwhileWatch([{ ...KILL, wait: 1 }]);
    watch.look(TAKEN, new Map(), server);
    watch[Symbol.dispose]();
    vi.advanceTimersByTime(5_000);
    expect(server.done).toEqual([]);
  });
});
