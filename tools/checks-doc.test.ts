import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHECKS_DOC, checksDoc } from './checks-doc.ts';

describe('docs/checks.md', () => {
  it('is what node tools/checks-doc.ts makes of the checks', async () => {
    expect(readFileSync(CHECKS_DOC, 'utf8')).toBe(await checksDoc());
  });
});
