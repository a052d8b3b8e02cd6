import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const OPTIONS = { server: { type: 'string', multiple: true }, json: { type: 'boolean' } } as const;

describe('parseArguments', () => {
  it('gives options and words', () => {
    const { values, positionals } = parseArguments(
      ['a', '--server', 'x', '--server=-y', 'b', '--json'],
      OPTIONS,
    );
    expect(values).toEqual({ server: ['x', '-y'], json: true });
    expect(positionals).toEqual(['a', 'b']);
  });

  it.each([
    { argv: ['--servr', 'x'], message: 'unknown option --servr', hint: 'did you mean "--server"?' },
    { argv: ['-x'], message: 'unknown option -x', hint: 'there is: --server, --json' },
    { argv: ['--server'], message: '--server: wanted a value, got none' },
    { argv: ['--server', '--json'], message: '--server: wanted a value, got none', hint: /^--server=VALUE/ },
    { argv: ['--json=yes'], message: '--json: takes no value' },
  ])('says of $argv: $message', ({ argv, message, hint = /^/ }) => {
    expect(() => parseArguments(argv, OPTIONS)).toThrow(
      expect.objectContaining({ name: 'UsageError', message }),
    );
    try {
      parseArguments(argv, OPTIONS);
    } catch (error) {
      expect((error as { hint?: string }).hint ?? '').toMatch(hint);
    }
  });
});
