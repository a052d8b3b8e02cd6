import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLAIN } from '../report/terminal.ts';
import type { LogRecord } from '../server/operator/log-record.ts';
import { serveLog } from './serve-log.ts';

const record = (n: number): LogRecord => ({
  at: 0,
  level: 'info',
  stage: 'server',
  did: `line ${n}`,
  text: `line ${n}`,
});
const io = { paint: PLAIN, width: 120 };

describe('serveLog', () => {
  it('writes what comes in one turn together, in order', async () => {
    const written: string[] = [];
    const log = serveLog(
      { ...io, out: (text) => written.push(text), drained: () => Promise.resolve() },
      'json',
      false,
    );
    for (let n = 0; n < 1000; n++) log.record(record(n), 0);
    expect(written).toEqual([]);
    await log.end();
    expect(written).toHaveLength(1);
    const lines = written[0]
      ?.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).did);
    expect(lines).toEqual(Array.from({ length: 1000 }, (_, n) => `line ${n}`));
  });

  it('keeps no more than 2 MiB for a reader who has stopped, and says how many lines it left out', async () => {
    const written: string[] = [];
    let reader = Promise.withResolvers<void>();
    const log = serveLog(
      { ...io, out: (text) => written.push(text), drained: () => reader.promise },
      'text',
      false,
    );
    log.record(record(0), 0);
    await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(written).toHaveLength(1);
    for (let n = 1; n <= 100_000; n++) log.record(record(n), 0);
    expect(written).toHaveLength(1);
    const before = reader;
    reader = { ...reader, promise: Promise.resolve() };
    before.resolve();
    await log.end();
    const lines = written.join('').trimEnd().split('\n');
    const [, count = ''] = /! (\d+) lines are left out here/.exec(lines.at(-1) ?? '') ?? [];
    expect(lines.length - 1 + Number(count)).toBe(100_001);
    expect(written[1]?.length).toBeLessThan(2.1 * 1024 * 1024);
  });

  it('does not hold the process up, nor let its memory grow, where nobody reads its pipe', async () => {
    const code = `
      const { serveLog } = await import(${JSON.stringify(join(import.meta.dirname, 'serve-log.ts'))});
      const log = serveLog({
        out: (text) => void process.stdout.write(text),
        drained: () => new Promise((resolve) => process.stdout.write('', () => resolve())),
        paint: (_, text) => text, width: 120,
      }, 'json', false);
      for (let turn = 0; turn < 200; turn++) {
        for (let n = 0; n < 1000; n++) log.record({ at: 0, level: 'info', stage: 'dhcp', did: 'ack', text: 'x'.repeat(100) }, 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
      process.stderr.write(JSON.stringify({ queued: process.stdout.writableLength }));
      process.exit(0);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Its pipe is never read until it has ended.
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    const [status] = await once(child, 'exit');
    expect(status).toBe(0);
    expect(JSON.parse(said).queued).toBeLessThan(3 * 1024 * 1024);
  });
});
