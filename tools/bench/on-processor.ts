import { availableParallelism } from 'node:os';

/** What onProcessor() is told, where load and server are kept apart. */
export const SERVER_PROCESSOR = 0;
export const LOAD_PROCESSOR = 1;

/**
 * A command that keeps to one processor: the load to one, the server to another, whichever it is. Without it threads of both
 * wait for each other, and perfdhcp loses answers that come while it does not run. Where there is one processor: as it is.
 */
export function onProcessor(number: number, argv: readonly string[]): readonly string[] {
  return availableParallelism() > number ? ['taskset', '--cpu-list', String(number), ...argv] : argv;
}
