import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Console } from '../console.ts';
import { Qmp, type QmpEvent } from '../qmp.ts';

const QMP_DESCRIPTOR = 3;

/** A PC without a network, under TCG, switched off: for what can be seen of firmware and of QEMU without a lab. */
export interface BareMachine extends AsyncDisposable {
  readonly qmp: Qmp;
  readonly consoleText: () => string;
  /** The console up to a line that holds `text`. Rejects if the machine ends before. */
  readonly says: (text: string) => Promise<void>;
  /** The next QMP event of that name, or the one that came already. */
  readonly event: (name: string) => Promise<QmpEvent>;
  /** QEMU's exit status. */
  readonly exited: Promise<number | null>;
  readonly kill: () => void;
}

export async function startBareMachine(
  options: { readonly disk?: Uint8Array; readonly more?: readonly string[] } = {},
): Promise<BareMachine> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pxebench-test-'));
  undo.defer(() => rm(folder, { recursive: true }));
  const disk: string[] = [];
  if (options.disk !== undefined) {
    await writeFile(join(folder, 'disk.img'), options.disk);
    disk.push('-drive', `format=raw,file=${join(folder, 'disk.img')}`);
  }

  const child = spawn(
    'setpriv',
    [
      // A test that hangs is ended with its process; so is its machine.
      ...['--pdeathsig', 'KILL', 'qemu-system-x86_64'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'pc,graphics=off,accel=tcg'],
      ...[
        '-m',
        '32',
        '-device',
        'VGA',
        '-chardev',
        'stdio,id=console,signal=off',
        '-serial',
        'chardev:console',
      ],
      ...['-S', '-chardev', `socket,id=qmp,fd=${QMP_DESCRIPTOR}`, '-mon', 'chardev=qmp,mode=control'],
      ...['-action', 'shutdown=pause', ...disk, ...(options.more ?? [])],
    ],
    { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] },
  );
  const exited = once(child, 'exit').then(([status]) => status as number | null);
  undo.defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });

  const heard: (() => boolean)[] = [];
  const tell = (): void => void heard.splice(0, heard.length, ...heard.filter((done) => !done()));
  const until = <T>(what: string, look: () => T | undefined): Promise<T> => {
    const found = Promise.withResolvers<T>();
    const done = (): boolean => {
      const value = look();
      if (value !== undefined) found.resolve(value);
      return value !== undefined;
    };
    if (!done()) heard.push(done);
    void exited.then(() => found.reject(new Error(`waited for ${what}; QEMU ended`)));
    return found.promise;
  };

  const serial = new Console(() => {});
  child.stdout?.on('data', (octets: Uint8Array) => {
    serial.push(octets);
    tell();
  });
  const events: QmpEvent[] = [];
  const qmp = undo.use(
    await Qmp.open(child.stdio[QMP_DESCRIPTOR] as Duplex, (event) => {
      events.push(event);
      tell();
    }),
  );
  const owned = undo.move();
  return {
    qmp,
    consoleText: () => serial.text(),
    says: async (text) => {
      await until(`"${text}"`, () => serial.text().includes(text) || undefined);
    },
    event: (name) => until(name, () => events.find(({ event }) => event === name)),
    exited,
    kill: () => void child.kill('SIGKILL'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
