import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CAPTURES_README, capturesReadme } from './captures-readme.ts';

it('captures/README.md has the table that tools/captures-readme.ts makes', async () => {
  expect(await readFile(CAPTURES_README, 'utf8')).toBe(await capturesReadme());
});
