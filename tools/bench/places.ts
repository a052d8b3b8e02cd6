import { join } from 'node:path';
import { PLACES } from '../../src/cli/places.ts';

/** The command that users start. */
export const PXEBENCH = join(PLACES.bin, 'pxebench');
