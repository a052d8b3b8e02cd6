import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockNumber, parseTftp, serializeTftp } from '../../wire/tftp.ts';
import { negotiateTftp } from './tftp-request.ts';
import {
  startUpload,
  stepUpload,
  type UploadInput,
  type UploadOutput,
  type UploadState,
} from './tftp-upload.ts';

const limits = { maxBlksize: 1468, maxWindowsize: 64 };
const termsFor = (...options: [string, string][]) =>
  negotiateTftp(
    options.map(([name, value]) => ({ name, value })),
    undefined,
    limits,
  );
const data = (block: number, length: number) =>
  serializeTftp({
    kind: 'data',
    block: (block % 0x10000) as BlockNumber,
    data: new Uint8Array(length).fill(block),
  });

const words = (outputs: readonly UploadOutput[]): readonly string[] =>
  outputs.flatMap((output) => {
    switch (output.kind) {
      case 'send': {
        const parsed = parseTftp(output.bytes);
        if (!parsed.ok) return ['unreadable'];
        const packet = parsed.value;
        if (packet.kind === 'ack') return [`ack ${packet.block}`];
        return [packet.kind === 'error' ? `error ${packet.code}` : packet.kind];
      }
      case 'store':
        return [`store ${output.data.length}`];
      case 'end':
        return [output.outcome];
      case 'wake':
        return [];
      default:
        return [output.kind];
    }
  });

/** An upload in virtual time. */
function upload(terms = termsFor(), maxOctets = 1e9) {
  let now = 1000;
  let [state, outputs] = startUpload(terms, maxOctets, now) as [UploadState, readonly UploadOutput[]];
  const step = (input: UploadInput): readonly string[] => {
    [state, outputs] = stepUpload(state, input, now);
    return words(outputs);
  };
  return {
    said: () => words(outputs),
    hear: (bytes: Uint8Array, fromPeer = true) => step({ kind: 'datagram', bytes, fromPeer }),
    data(block: number, length = 512) {
      return this.hear(data(block, length));
    },
    stored: () => step({ kind: 'stored' }),
    failed: () => step({ kind: 'failed', code: 3, message: 'disk full', because: 'ENOSPC' }),
    timer: () => {
      const before = now;
      now = Math.max(now, state.wakeAt);
      return { after: now - before, said: step({ kind: 'timer' }) };
    },
    state: () => state,
  };
}

describe('an upload', () => {
  it('acknowledges each block, and the last one when it is stored', () => {
    const u = upload();
    expect(u.said()).toEqual(['ack 0']);
    expect(u.data(1)).toEqual(['store 512', 'ack 1']);
    expect(u.data(2, 100)).toEqual(['store 100', 'finish']);
    expect(u.data(2, 100)).toEqual([]);
    expect(u.stored()).toEqual(['ack 2', 'complete']);
    expect(u.data(2, 100)).toEqual(['ack 2']);
    expect(u.timer().said).toEqual(['close']);
    expect(u.data(2, 100)).toEqual([]);
  });

  it('begins with the OACK, again if need be', () => {
    const u = upload(termsFor(['blksize', '1468'], ['tsize', '5000']));
    expect(u.said()).toEqual(['oack']);
    expect(u.timer()).toEqual({ after: 1000, said: ['oack'] });
    expect(u.data(1, 1468)).toEqual(['store 1468', 'ack 1']);
  });

  it('acknowledges windows, and what came in order where a block is missing, once', () => {
    const u = upload(termsFor(['windowsize', '4']));
    expect([1, 2, 3].flatMap((block) => u.data(block))).toEqual(Array(3).fill('store 512'));
    expect(u.data(4)).toEqual(['store 512', 'ack 4']);
    expect(u.data(5)).toEqual(['store 512']);
    expect(u.data(7)).toEqual(['ack 5']);
    expect(u.data(8)).toEqual([]);
    expect([6, 7, 8].flatMap((block) => u.data(block))).toEqual(Array(3).fill('store 512'));
    expect(u.data(9)).toEqual(['store 512', 'ack 9']);
  });

  it('gives up a client that is gone, after ever longer waits', () => {
    const u = upload();
    const gaps: number[] = [];
    for (let n = 0; n < 20 && u.state().phase !== 'over'; n++) gaps.push(u.timer().after);
    expect(gaps).toEqual([1000, 2000, 4000, 8000, 8000, 8000, 8000]);
    expect(u.said()).toEqual(['timed-out', 'close']);
  });

  it('is ended by what cannot be stored, by too much, by too large blocks and by ERROR', () => {
    expect(upload().failed()).toEqual(['error 3', 'aborted', 'close']);
    const small = upload(termsFor(), 600);
    small.data(1);
    expect(small.data(2)).toEqual(['error 3', 'aborted', 'close']);
    expect(upload().data(1, 513)).toEqual(['error 4', 'aborted', 'close']);
    const error = serializeTftp({ kind: 'error', code: 0, message: 'x' });
    expect(upload().hear(error)).toEqual(['aborted', 'close']);
    expect(upload().hear(error, false)).toEqual([]);
    expect(upload().hear(data(1, 1), false)).toEqual(['send-to-stranger']);
  });

  it('stores every octet once and in order, whatever is lost, doubled or late, and says little', () => {
    const event = fc.record({ block: fc.integer({ min: 0, max: 12 }), timer: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 80 }),
        fc.constantFrom('1', '3', '5'),
        (events, windowsize) => {
          const u = upload(termsFor(['windowsize', windowsize]));
          let stored = 0;
          for (const { block, timer } of events) {
            const said = timer && block === 0 ? u.timer().said : u.data(block, block === 12 ? 5 : 512);
            stored += said.filter((word) => word.startsWith('store')).length;
            expect(u.state().received).toBe(stored);
            // One answer to a packet: nobody is flooded.
            expect(said.filter((word) => /^(ack|oack|error)/.test(word)).length).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
