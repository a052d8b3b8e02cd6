import { type FSWatcher, watch } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { loadServerConfig } from './config/load-server-config.ts';
import type { ServerConfig } from './config/server-config.ts';
import type { RunningServer } from './serve.ts';
import type { Clock } from './shell/clock.ts';
import { ServerError } from './shell/server-error.ts';

/** Keeps a running server to what its configuration says. Disposing of it ends that, not the server. */
export interface Reloader extends Disposable {
  /** Reads the configuration again, changed or not. Settles when the server goes on with it, or it was refused. */
  readonly reload: () => Promise<void>;
}

/** An editor's save is several events: a file is cut, written, renamed. This long after the last one it is read. */
const SETTLE_MS = 100;

/**
 * Reads the configuration again whenever it, or a file that it includes, is changed. One that is wrong is refused, with
 * everything that is wrong with it, and the server goes on as before; it is read again when it is changed again.
 */
export async function keepToConfig(
  file: string,
  config: ServerConfig,
  server: Pick<RunningServer, 'reload' | 'tell'>,
  clock: Clock,
): Promise<Reloader> {
  let seen = config.sources;
  let watchers = new Map<string, FSWatcher>();
  let timer: Disposable | undefined;
  let last: Promise<void> = Promise.resolve();

  const say = (text: string): void => server.tell({ stage: 'server', did: text });

  const load = async (): Promise<void> => {
    const before = await textOf(seen);
    try {
      const next = await loadServerConfig(file);
      seen = next.sources;
      await server.reload(next);
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof ServerError)) throw error;
      // What was not there, or is included for the first time, may be put right.
      if (error instanceof ConfigError)
        seen = new Map([...(await textOf(new Map(filesOf(error).map((name) => [name, GONE])))), ...before]);
      const remedy = error instanceof ServerError ? `; ${error.hint}` : '';
      const [first = '', ...rest] =
        `the new configuration is refused, and the old one stays:\n${error.message}${remedy}`.split('\n');
      server.tell({ stage: 'server', did: first, reload: 'refused' });
      for (const line of rest) say(line);
    } finally {
      await watchFolders();
    }
  };

  /** One after the other. A fault of ours must not end the server that clients boot from. */
  const queue = (run: () => Promise<void>): Promise<void> => {
    last = last
      .then(run)
      .catch((error: unknown) => say(`the configuration could not be read: ${String(error)}`));
    return last;
  };

  const changed = (): void => {
    timer?.[Symbol.dispose]();
    timer = clock.after(SETTLE_MS, () => {
      void queue(async () => {
        if (differ(await textOf(seen), seen)) await load();
      });
    });
  };

  /** Folders, not files: editors put another file in the place of the old one, and so do those who swap a link. */
  const watchFolders = async (): Promise<void> => {
    const wanted = await foldersOf([...seen.keys()]);
    for (const [folder, watcher] of watchers) if (!wanted.has(folder)) watcher.close();
    const next = new Map<string, FSWatcher>();
    for (const folder of wanted) {
      const watcher = watchers.get(folder) ?? watcherOf(folder, changed, say);
      if (watcher !== undefined) next.set(folder, watcher);
    }
    watchers = next;
  };

  await watchFolders();
  // It may have been changed since it was read.
  changed();
  return {
    reload: () => queue(load),
    [Symbol.dispose]: () => {
      timer?.[Symbol.dispose]();
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

function watcherOf(folder: string, changed: () => void, say: (text: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    say(`warning: changes in ${folder} will not be seen (${because}); send SIGHUP after a change`);
    return undefined;
  }
}

/** Of files and, where they are links, of what these lead to. */
async function foldersOf(files: readonly string[]): Promise<ReadonlySet<string>> {
  const real = await Promise.all(files.map((file) => realpath(file).catch(() => file)));
  return new Set([...files, ...real].map(dirname));
}

/** What stands for a file that cannot be read: no file's text. */
const GONE = '\0';

/** What stands in the files now. A pipe can be read only once: what it said then holds. */
async function textOf(seen: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const texts = Array.from(seen, async ([file, before]): Promise<readonly [string, string]> => {
    try {
      return [file, (await stat(file)).isFile() ? await readFile(file, 'utf8') : before];
    } catch {
      return [file, GONE];
    }
  });
  return new Map(await Promise.all(texts));
}

function differ(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size !== b.size || [...a].some(([file, text]) => b.get(file) !== text);
}

function filesOf({ file, problems }: ConfigError): readonly string[] {
  return [file, ...problems.flatMap((problem) => problem.file ?? [])].map((name) => resolve(name));
}
