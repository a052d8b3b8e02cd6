import { dirname } from 'node:path';
import { commandFolders, findCommand } from '../../../src/lab/command-path.ts';
import { findPackagedFile } from '../../../src/lab/packaged-file.ts';
import type { Lab } from '../../../src/lab/start-lab.ts';
import { BenchError } from '../measure.ts';
import { LOAD_PROCESSOR, onProcessor } from '../on-processor.ts';

/** What a load came to. */
export type Exchanges = {
  /** DISCOVERs that were offered to the server, and ACKs that came back in time. */
  readonly offered: number;
  readonly completed: number;
  /** 0 to 1. */
  readonly loss: number;
  /** Exchanges of four messages a second. */
  readonly perSecond: number;
  /** From REQUEST to ACK, on the average. */
  readonly ackMs: number;
};

export type Load = { readonly perSecond: number; readonly seconds: number; readonly clients: number };

/** What comes later counts as lost: its own limit is a second. */
const WAIT_IN_THE_END_US = 300_000;

/** A program of Kea's packages, installed or unpacked, with what it needs to find its libraries. Throws BenchError. */
export async function keaProgram(
  name: string,
): Promise<{ readonly file: string; readonly env: Readonly<Record<string, string>> }> {
  const file = await findCommand(name, commandFolders(process.env.PATH));
  const library = await findPackagedFile('/usr/lib/*/libkea-dhcp++.so.*');
  if (file === undefined || library === undefined) {
    throw new BenchError(
      `dhcp: wanted ${name} of Debian's Kea, found none: make bench brings it (make setup alone does not)`,
    );
  }
  return { file, env: { LD_LIBRARY_PATH: dirname(library) } };
}

/** DISCOVER, OFFER, REQUEST, ACK at a rate, as through a relay, from host `load`. */
export async function perfdhcp(lab: Lab, load: Load, signal: AbortSignal): Promise<Exchanges> {
  const { file, env } = await keaProgram('perfdhcp');
  const argv = [
    ...[file, '-4', '-l', 'eth0', '-r', String(load.perSecond), '-p', String(load.seconds)],
    ...['-R', String(load.clients), '-W', String(WAIT_IN_THE_END_US)],
  ];
  // It ends with 3 where some exchanges were not completed: that is what is to be found out.
  const { stdout } = await lab.run(
    ['sh', '-c', '"$@" || [ $? -eq 3 ]', 'sh', ...onProcessor(LOAD_PROCESSOR, argv)],
    {
      ...{ host: 'load', env, signal },
    },
  );
  return readStatistics(stdout);
}

/** Throws BenchError where it is no report of perfdhcp's. */
export function readStatistics(text: string): Exchanges {
  const part = (name: string): string => {
    const found = text.split('***Statistics for: ').find((one) => one.startsWith(name));
    if (found === undefined)
      throw new BenchError(`perfdhcp: no statistics of ${name} in: ${text.slice(-500)}`);
    return found;
  };
  const number = (from: string, what: string): number => {
    const found = new RegExp(`^${what}: (\\d+(?:\\.\\d+)?)`, 'm').exec(from)?.[1];
    if (found === undefined) throw new BenchError(`perfdhcp: no "${what}" in: ${from.slice(0, 500)}`);
    return Number(found);
  };
  const offered = number(part('DISCOVER-OFFER'), 'sent packets');
  const acks = part('REQUEST-ACK');
  const completed = number(acks, 'received packets');
  return {
    ...{ offered, completed, loss: offered === 0 ? 1 : (offered - completed) / offered },
    perSecond: number(text, 'Rate'),
    ackMs: completed === 0 ? Number.NaN : number(acks, 'avg delay'),
  };
}
