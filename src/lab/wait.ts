/** Readiness as objects: what is awaited, and how to see that it is there. Nobody sleeps and hopes. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './lab-error.ts';
import type { LabProcess } from './lab-process.ts';

export type Readiness = {
  /** `UDP port 67 bound` */
  readonly what: string;
  /**
   * Resolves when it is there, and when `signal` aborts, whichever comes first. `seen` takes what there was instead, for the
   * message if it never comes.
   */
  readonly wait: (process: LabProcess, seen: (what: string) => void, signal: AbortSignal) => Promise<void>;
};

/**
 * Waits until a process is ready. Rejects with LabError: LAB_PROCESS_ENDED if it ends before, LAB_TIMEOUT after
 * `timeoutMs`; both say what was awaited and what was seen last.
 */
export async function waitFor(readiness: Readiness, process: LabProcess, timeoutMs: number): Promise<void> {
  const start = performance.now();
  const done = new AbortController();
  const timeout = AbortSignal.timeout(timeoutMs);
  let last = 'nothing';
  const ended = process.closed.then((end) => {
    const how = end.signal === null ? `status ${end.code}` : `signal ${end.signal}`;
    const output = process.output.recent().trim();
    const message = `${process.label} ended with ${how} before ${readiness.what}; it printed: ${output || 'nothing'}`;
    throw new LabError('LAB_PROCESS_ENDED', message, { argv: process.argv, exitStatus: end.code });
  });
  const seen = (what: string): void => {
    last = what;
  };
  try {
    await Promise.race([readiness.wait(process, seen, AbortSignal.any([done.signal, timeout])), ended]);
  } finally {
    done.abort();
  }
  if (timeout.aborted) {
    const waited = Math.round(performance.now() - start);
    const message = `${process.label}: ${readiness.what}: waited ${waited} ms, last seen: ${last}`;
    throw new LabError('LAB_TIMEOUT', message, { argv: process.argv });
  }
}

/** The kernel tells nobody when a port is bound: its table is read again. */
const POLL_MS = 5;
/** State 0A of /proc/net/tcp; see net/tcp_states.h. */
const LISTEN = '0A';

type TableEntry = { readonly port: number; readonly state: string };

/** The local ports in a file of /proc/PID/net: proc(5), one socket a line, addresses and ports in hexadecimal. */
export function parseSocketTable(text: string): readonly TableEntry[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state = ''] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16);
      return Number.isNaN(port) ? [] : [{ port, state }];
    });
}

function forPort(
  what: string,
  tables: readonly string[],
  isThere: (entry: TableEntry) => boolean,
): Readiness {
  return {
    what,
    wait: async (process, seen, signal) => {
      while (!signal.aborted) {
        const texts = await Promise.all(
          // A process that ends takes its folder with it; a kernel without IPv6 has no udp6.
          tables.map((table) => readFile(`/proc/${process.pid}/net/${table}`, 'utf8').catch(() => '')),
        );
        const entries = texts.flatMap(parseSocketTable);
        if (entries.some(isThere)) return;
        const ports = [...new Set(entries.map(({ port }) => port))].join(', ');
        seen(ports === '' ? 'no port bound' : `port ${ports} bound`);
        await sleep(POLL_MS);
      }
    },
  };
}

/** A UDP socket is bound to the port in the process's network, by whomever. */
export function forBoundUdp(port: number): Readiness {
  return forPort(`UDP port ${port} bound`, ['udp', 'udp6'], (entry) => entry.port === port);
}

/** A TCP socket listens on the port in the process's network. */
export function forListeningTcp(port: number): Readiness {
  return forPort(
    `TCP port ${port} listening`,
    ['tcp', 'tcp6'],
    (entry) => entry.port === port && entry.state === LISTEN,
  );
}

/** The process prints something: the text itself, or what the expression matches in all it has printed so far. */
export function forLog(pattern: string | RegExp): Readiness {
  const matches = (text: string): boolean =>
    typeof pattern === 'string' ? text.includes(pattern) : text.search(pattern) >= 0;
  return {
    what: `${typeof pattern === 'string' ? JSON.stringify(pattern) : pattern} printed`,
    wait: (process, seen, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve(), { once: true });
      // A pattern may be cut between two writes: it is looked for in all that is kept.
      const listening = process.output.listen(() => {
        const text = process.output.recent();
        seen(JSON.stringify(text.trimEnd().split('\n').at(-1) ?? ''));
        if (matches(text)) resolve();
      });
      return promise.finally(() => listening[Symbol.dispose]());
    },
  };
}
