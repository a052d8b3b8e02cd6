import { join, resolve } from 'node:path';

const PACKAGE = resolve(import.meta.dirname, '..', '..');

/** Folders of the package this file belongs to. */
export const PLACES = {
  scenarios: join(PACKAGE, 'scenarios'),
  servers: join(PACKAGE, 'servers'),
  firmware: join(PACKAGE, 'vm', 'firmware'),
  captures: join(PACKAGE, 'captures'),
  schemas: join(PACKAGE, 'schemas'),
  bin: join(PACKAGE, 'bin'),
  /** What `make setup` brings. Only a checkout has it. */
  debianPackages: join(PACKAGE, 'tools', 'debian-packages.yaml'),
} as const;

/** Where a run keeps its evidence unless told otherwise, below the current folder. */
export const DEFAULT_REPORT = 'pxebench-results';
