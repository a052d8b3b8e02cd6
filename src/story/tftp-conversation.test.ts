import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { blockNumber } from '../wire/tftp.ts';
import type { TftpEvent } from './event.ts';
import { TestWire } from './testing/wire.ts';

const FILE = Buffer.from('x'.repeat(1000));
const rrq = (...options: readonly { name: string; value: string }[]) =>
  ({ kind: 'rrq', file: 'boot', mode: 'octet', options }) as const;
const data = (block: number, bytes: Uint8Array) =>
  ({ kind: 'data', block: blockNumber(block), data: bytes }) as const;
const ack = (block: number) => ({ kind: 'ack', block: blockNumber(block) }) as const;
const error = (code: number, message: string) => ({ kind: 'error', code, message }) as const;
const oack = (...options: readonly { name: string; value: string }[]) => ({ kind: 'oack', options }) as const;
const TSIZE = { name: 'tsize', value: '0' };

function transfers(wire: TestWire): readonly TftpEvent[] {
  return wire.story().events.filter((event) => event.kind === 'tftp');
}

describe('TftpConversation', () => {
  it('is complete when the last block is acknowledged, and knows what was read', () => {
    const wire = new TestWire()
      .tftp('client', 2000, 69, rrq())
      .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 512)))
      .tftp('client', 2000, 3000, ack(1))
      .tftp('server', 2000, 3000, data(2, FILE.subarray(512)))
      .tftp('client', 2000, 3000, ack(2));
    expect(transfers(wire)).toMatchObject([
      {
        outcome: 'complete',
        octets: 1000,
        sha256: createHash('sha256').update(FILE).digest('hex'),
        retransmissions: 0,
        server: { port: 3000 },
        frames: [1, 5],
      },
    ]);
  });

  it('does not hear what comes behind its end, and the same port may ask again', () => {
    const once = (wire: TestWire): TestWire =>
      wire
        .tftp('client', 2000, 69, rrq())
        .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 100)))
        .tftp('client', 2000, 3000, ack(1));
    const late = once(new TestWire())
      .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 100)))
      .tftp('client', 2000, 3000, error(0, 'too late'));
    const told = { outcome: 'complete', octets: 100, retransmissions: 0, error: undefined };
    expect(transfers(late)).toMatchObject([{ ...told, frames: [1, 3] }]);
    expect(transfers(once(late))).toMatchObject([
      { ...told, frames: [1, 3] },
      { ...told, frames: [6, 8] },
    ]);
  });

  it('reads a file whose last block is empty', () => {
    const wire = new TestWire()
      .tftp('client', 2000, 69, rrq())
      .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 512)))
      .tftp('client', 2000, 3000, ack(1))
      .tftp('server', 2000, 3000, data(2, new Uint8Array(0)))
      .tftp('client', 2000, 3000, ack(2));
    expect(transfers(wire)).toMatchObject([{ outcome: 'complete', octets: 512 }]);
  });

  it('takes an ERROR on an OACK that told the size for a probe, and on anything else not', () => {
    const probe = (reply: 'oack' | 'data', options: readonly { name: string; value: string }[]): TestWire => {
      const wire = new TestWire().tftp('client', 2000, 69, rrq(...options));
      if (reply === 'oack') wire.tftp('server', 2000, 3000, oack({ name: 'tsize', value: '1000' }));
      else wire.tftp('server', 2000, 3000, data(1, FILE.subarray(0, 512)));
      return wire.tftp('client', 2000, 3000, error(8, 'User aborted the transfer'));
    };
    expect(transfers(probe('oack', [TSIZE]))).toMatchObject([{ outcome: 'size-probe' }]);
    expect(transfers(probe('oack', [{ name: 'blksize', value: '1468' }]))).toMatchObject([
      { outcome: 'aborted' },
    ]);
    expect(transfers(probe('data', [TSIZE]))).toMatchObject([{ outcome: 'aborted' }]);
  });

  it('tells who refused', () => {
    const wire = new TestWire()
      .tftp('client', 2000, 69, rrq())
      .tftp('server', 2000, 3000, error(1, 'File not found'));
    expect(transfers(wire)).toMatchObject([
      { outcome: 'refused', error: { from: 'server', code: 1, message: 'File not found' } },
    ]);
  });

  it('counts a block that is sent again once', () => {
    const wire = new TestWire()
      .tftp('client', 2000, 69, rrq())
      .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 512)))
      .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 512)))
      .tftp('client', 2000, 3000, ack(1))
      .tftp('server', 2000, 3000, data(2, FILE.subarray(512)))
      .tftp('client', 2000, 3000, ack(2));
    expect(transfers(wire)).toMatchObject([{ outcome: 'complete', octets: 1000, retransmissions: 1 }]);
  });

  it('does not claim to know a file of which a block was not captured', () => {
    const wire = new TestWire()
      .tftp('client', 2000, 69, rrq())
      .tftp('server', 2000, 3000, data(2, FILE.subarray(512)))
      .tftp('client', 2000, 3000, ack(2));
    expect(transfers(wire)).toMatchObject([{ outcome: 'complete', sha256: undefined }]);
  });

  it('goes on behind block 65535 with block 0', () => {
    const wire = new TestWire().tftp('client', 2000, 69, rrq({ name: 'blksize', value: '8' }));
    wire.tftp('server', 2000, 3000, oack({ name: 'blksize', value: '8' }));
    for (let block = 1; block <= 65_537; block++)
      wire.tftp('server', 2000, 3000, data(block % 65_536, FILE.subarray(0, block === 65_537 ? 3 : 8)));
    wire.tftp('client', 2000, 3000, ack(1));
    expect(transfers(wire)).toMatchObject([
      { outcome: 'complete', octets: 65_536 * 8 + 3, retransmissions: 0 },
    ]);
  });

  it('takes the same request from the same port for a retransmission, and from another for another transfer', () => {
    const again = new TestWire().tftp('client', 2000, 69, rrq()).tftp('client', 2000, 69, rrq());
    expect(transfers(again)).toMatchObject([{ outcome: 'unanswered', frames: [1, 2] }]);
    const another = new TestWire().tftp('client', 2000, 69, rrq()).tftp('client', 2001, 69, rrq());
    expect(transfers(another)).toMatchObject([{ outcome: 'unanswered' }, { outcome: 'unanswered' }]);
  });

  it('is stalled where data stops half way', () => {
    const wire = new TestWire()
      .tftp('client', 2000, 69, rrq())
      .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 512)));
    expect(transfers(wire)).toMatchObject([{ outcome: 'stalled', octets: 512 }]);
  });

  it('does not listen to a stranger on the client port', () => {
    const wire = new TestWire()
      .tftp('client', 2000, 69, rrq())
      .tftp('server', 2000, 3000, data(1, FILE.subarray(0, 512)))
      .tftp('server', 2000, 4000, error(5, 'Unknown transfer ID'));
    expect(transfers(wire)).toMatchObject([{ outcome: 'stalled', error: undefined }]);
  });
});
