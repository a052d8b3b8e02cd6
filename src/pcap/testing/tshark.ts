/** For tests: what tshark, a reader that is not ours, says of a capture. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

export const hasTshark = ((): boolean => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** For the titles of tests that need it. */
export const NEEDS_TSHARK = '(needs tshark: apt-get install tshark)';

/** One row per frame, one string per field, '' where the frame has none. Only the frame itself is dissected. */
export async function tsharkFields(
  path: string,
  fields: readonly string[],
  options: readonly string[] = [],
): Promise<readonly (readonly string[])[]> {
  const { stdout } = await promisify(execFile)(
    'tshark',
    ['-n', ...options, '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
    { maxBuffer: 256 * 1024 * 1024 },
  );
  return stdout === ''
    ? []
    : stdout
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => line.split('\t'));
}

/** As tshark prints frame.time_epoch. */
export function epoch(timeNs: bigint): string {
  return `${timeNs / 1_000_000_000n}.${String(timeNs % 1_000_000_000n).padStart(9, '0')}`;
}
