import { UsageError } from './command.ts';

/** What stands behind --link-seed. Throws UsageError. */
export function readLinkSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff)
    throw new UsageError(
      `--link-seed: wanted a number up to 4294967295, got "${text}"`,
      'for example --link-seed 7',
    );
  return Number(text);
}
