import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { WallTime } from '../leases/stored-lease.ts';

export type WallClock = () => WallTime;

let boot: string | undefined;

export const systemWallClock: WallClock = () => {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { wall: Date.now(), boot, sinceBoot: Math.round(1000 * uptime()) };
};
