/** The TFTP service on loopback over a folder of the test's own, and what it said about each client. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerEvent } from '../event.ts';
import { openBootFolder } from '../shell/boot-folder.ts';
import { systemClock } from '../shell/clock.ts';
import { serveTftp, type TftpService, type TftpSettings } from '../shell/serve-tftp.ts';

type TftpEvent = Extract<ServerEvent, { stage: 'tftp' }>;

export interface TestTftp extends AsyncDisposable {
  /** What clients may read. */
  readonly root: string;
  /** Around the root: nobody may see it. */
  readonly base: string;
  readonly service: TftpService;
  readonly port: number;
  readonly settings: TftpSettings;
  readonly events: readonly ServerEvent[];
  readonly eventsOf: (client: string) => readonly TftpEvent[];
}

export async function startTftp(changes: Partial<TftpSettings> = {}): Promise<TestTftp> {
  const base = mkdtempSync(join(tmpdir(), 'pxebench-tftp-'));
  const root = join(base, 'tftp');
  mkdirSync(root);
  const events: ServerEvent[] = [];
  const settings: TftpSettings = {
    ...{ folder: await openBootFolder(root), limits: { maxBlksize: 1468, maxWindowsize: 16 } },
    ...{ maxTransfers: 1000, maxTransfersPerClient: 1000, ports: 'any', upload: undefined },
    ...changes,
  };
  const deps = { clock: systemClock, log: (event: ServerEvent) => void events.push(event) };
  const service = await serveTftp({ address: '127.0.0.1', port: 0 }, settings, deps);
  return {
    ...{ root, base, service, port: service.port, settings, events },
    eventsOf: (client) =>
      events.filter((event): event is TftpEvent => event.stage === 'tftp' && event.client === client),
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      rmSync(base, { recursive: true });
    },
  };
}
