import { resolve } from 'node:path';

/**
 * Node keeps here what it makes of the source of our processes in a lab (types stripped, compiled): 50 ms to load the agent instead of
 * 200. Where it cannot be written, Node does without.
 */
export const COMPILE_CACHE = resolve(import.meta.dirname, '..', '..', '.tools', 'compile-cache');
