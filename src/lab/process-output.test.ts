import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { keepOutput } from './process-output.ts';

describe('keepOutput', () => {
  it('tells a listener what was there and what comes, until it is disposed of', () => {
    const stream = new PassThrough();
    const output = keepOutput([stream, null]);
    const heard: string[] = [];
    stream.emit('data', Buffer.from('before '));
    const listening = output.listen((text) => heard.push(text));
    stream.emit('data', Buffer.from('after'));
    listening[Symbol.dispose]();
    stream.emit('data', Buffer.from(' unheard'));

    expect(heard).toEqual(['before ', 'after']);
    expect(output.recent()).toBe('before after unheard');
  });

  it('keeps a character together that two chunks cut, and only the end of much text', () => {
    const stream = new PassThrough();
    const output = keepOutput([stream]);
    const euro = Buffer.from('€');
    stream.emit('data', euro.subarray(0, 1));
    stream.emit('data', euro.subarray(1));
    expect(output.recent()).toBe('€');

    stream.emit('data', Buffer.from(`${'a'.repeat(70_000)}end`));
    expect(output.recent()).toHaveLength(65_536);
    expect(output.recent()).toMatch(/aend$/);
  });
});
