import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamFrame, streamFrameReader } from './stream-frames.ts';

describe('streamFrameReader', () => {
  it('gives the frames that were written, however the stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 20 }), (sent, step) => {
        const got: Uint8Array[] = [];
        const read = streamFrameReader((frame) => void got.push(frame));
        const stream = Buffer.concat(sent.map(streamFrame));
        for (let at = 0; at < stream.length; at += step) read(stream.subarray(at, at + step));
        expect(got).toEqual(sent);
      }),
    );
  });

  it('refuses what is no length of a frame', () => {
    const read = streamFrameReader(() => {});
    expect(() => read(Buffer.from('GET / HTTP/1.0\r\n'))).toThrow('wanted at most 69632');
  });
});
