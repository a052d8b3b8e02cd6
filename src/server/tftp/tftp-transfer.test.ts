import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockNumber, parseTftp, serializeTftp, type Tftp } from '../../wire/tftp.ts';
import { negotiateTftp, type TftpTerms } from './tftp-request.ts';
import { startTransfer, stepTransfer, type TransferOutput, type TransferState } from './tftp-transfer.ts';

const termsFor = (...options: [string, string][]): TftpTerms =>
  negotiateTftp(
    options.map(([name, value]) => ({ name, value })),
    0,
    { maxBlksize: 65_464, maxWindowsize: 64 },
  );
const plain = termsFor();
const windowed = termsFor(['windowsize', '4']);
const ack = (block: number) => serializeTftp({ kind: 'ack', block: block as BlockNumber });

/** A transfer in virtual time. `said` is what the last step sent, as words. */
function transfer(terms: TftpTerms, size: number) {
  let now = 5000;
  let [state, outputs] = startTransfer(terms, size, now) as [TransferState, readonly TransferOutput[]];
  const take = (step: readonly [TransferState, readonly TransferOutput[]]) => {
    [state, outputs] = [step[0], step[1]];
    return words(outputs);
  };
  return {
    said: () => words(outputs),
    outputs: () => outputs,
    hear: (bytes: Uint8Array, fromPeer = true) =>
      take(stepTransfer(state, { kind: 'datagram', bytes, fromPeer }, now)),
    ack(block: number) {
      return this.hear(ack(block));
    },
    wait: (ms: number) => {
      now += ms;
    },
    /** Waits as the transfer wishes. */
    timer: () => {
      const before = now;
      now = Math.max(now, state.wakeAt);
      return { after: now - before, said: take(stepTransfer(state, { kind: 'timer' }, now)) };
    },
    state: () => state,
  };
}

const words = (outputs: readonly TransferOutput[]): readonly string[] =>
  outputs.flatMap((output) => {
    switch (output.kind) {
      case 'data':
        return [`data ${output.block}: ${output.length}`];
      case 'send': {
        const parsed = parseTftp(output.bytes);
        return [parsed.ok ? parsed.value.kind : 'unreadable'];
      }
      case 'send-to-stranger':
        return ['stranger'];
      case 'end':
        return [output.outcome];
      case 'wake':
        return [];
      default:
        return output satisfies never;
    }
  });

describe('a transfer without options (RFC 1350)', () => {
  it.each([
    [0, ['data 1: 0']],
    [1, ['data 1: 1']],
    [511, ['data 1: 511']],
    [512, ['data 1: 512', 'data 2: 0']],
    [513, ['data 1: 512', 'data 2: 1']],
    [1024, ['data 1: 512', 'data 2: 512', 'data 3: 0']],
  ])('sends %i octets in the right blocks', (size, blocks) => {
    const t = transfer(plain, size);
    const said = [...t.said()];
    for (let block = 1; t.state().phase !== 'over'; block++) said.push(...t.ack(block));
    expect(said).toEqual([...blocks, 'complete']);
  });

  it('never sends DATA for a duplicate ACK', () => {
    const t = transfer(plain, 2000);
    expect(t.ack(1)).toEqual(['data 2: 512']);
    expect(t.ack(1)).toEqual([]);
    expect(t.ack(2)).toEqual(['data 3: 512']);
    expect(t.ack(2)).toEqual([]);
    expect(t.ack(1)).toEqual([]);
    expect(t.ack(0)).toEqual([]);
    expect(t.ack(4)).toEqual([]);
  });

  it('sends the last block again if its ACK is lost', () => {
    const t = transfer(plain, 10);
    expect(t.timer().said).toEqual(['data 1: 10']);
    expect(t.ack(1)).toEqual(['complete']);
    expect(t.ack(1)).toEqual([]);
  });

  it('waits longer and longer, and gives up within a minute', () => {
    const gapsOf = (t: ReturnType<typeof transfer>): number[] => {
      const gaps: number[] = [];
      for (let n = 0; n < 20 && t.state().phase !== 'over'; n++) gaps.push(t.timer().after);
      return gaps;
    };
    const t = transfer(plain, 10);
    // Nothing was heard of this client but its request.
    expect(gapsOf(t)).toEqual([1000, 2000, 4000, 8000]);
    expect(t.outputs()).toEqual([{ kind: 'end', outcome: 'timed-out', because: 'no ACK of block 1 of 1' }]);
    expect(t.ack(1)).toEqual([]);
    const heard = transfer(termsFor(['tsize', '0']), 10);
    heard.ack(0);
    expect(gapsOf(heard)).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000]);
  });

  it('judges the time by what the path takes', () => {
    const t = transfer(plain, 100_000);
    for (let block = 1; block < 20; block++) {
      t.wait(2);
      t.ack(block);
    }
    expect(t.timer().after).toBe(250);
    const slow = transfer(plain, 100_000);
    for (let block = 1; block < 20; block++) {
      slow.wait(200);
      slow.ack(block);
    }
    expect(slow.timer().after).toBe(800);
  });

  it('does not heed a timer that comes too early, as one does that was set before', () => {
    const t = transfer(plain, 2000);
    t.wait(900);
    t.ack(1);
    t.wait(100);
    expect(words(stepTransfer(t.state(), { kind: 'timer' }, 6000)[1])).toEqual([]);
  });

  it('counts blocks past 65535 from 0 on', () => {
    const terms = termsFor(['blksize', '8']);
    const size = 524_289 + 65_536 * 8;
    const t = transfer(terms, size);
    let blocks = 0;
    let octets = 0;
    const seen: number[] = [];
    let next = t.ack(0);
    while (t.state().phase !== 'over') {
      const output = t.outputs()[0] as Extract<TransferOutput, { kind: 'data' }>;
      if (next.length !== 1 || output.offset !== octets) throw new Error(`${next} at ${octets}`);
      blocks++;
      octets += output.length;
      if (blocks % 65_536 < 2) seen.push(output.block);
      next = t.ack(output.block);
    }
    expect([blocks, octets]).toEqual([131_073, size]);
    expect(seen).toEqual([1, 0, 1, 0, 1]);
  });
});

describe('a transfer with options (RFC 2347)', () => {
  it('sends the OACK, again if need be, and DATA 1 only for ACK 0', () => {
    const t = transfer(termsFor(['blksize', '1468']), 2000);
    expect(t.said()).toEqual(['oack']);
    expect(t.ack(1)).toEqual([]);
    expect(t.timer().said).toEqual(['oack']);
    expect(t.ack(0)).toEqual(['data 1: 1468']);
    expect(t.ack(0)).toEqual([]);
    expect(t.ack(1)).toEqual(['data 2: 532']);
  });

  it('repeats nothing but the OACK for a request that nobody sent', () => {
    const t = transfer(termsFor(['blksize', '1468'], ['windowsize', '64']), 1_000_000);
    const said: string[] = [...t.said()];
    while (t.state().phase !== 'over') said.push(...t.timer().said);
    expect(said).toEqual([...Array(7).fill('oack'), 'timed-out']);
  });

  it.each([
    [1, [1000, 2000, 4000]],
    [3, [3000, 6000, 8000]],
    [255, [255_000, 255_000]],
  ])('waits as long as the timeout option of %i s says', (seconds, gaps) => {
    const t = transfer(termsFor(['timeout', String(seconds)]), 10);
    t.ack(0);
    expect(gaps.map(() => t.timer().after)).toEqual(gaps);
  });
});

describe('the end of a transfer', () => {
  const error = (code: number, message: string) => serializeTftp({ kind: 'error', code, message });

  it.each([
    ['EDK2', 8, 'User aborted the transfer'],
    ['iPXE', 0, 'TFTP Aborted'],
  ])('is a size probe if %s has what it wanted', (_, code, message) => {
    const t = transfer(termsFor(['tsize', '0'], ['blksize', '1468']), 850_432);
    expect(t.hear(error(code, message))).toEqual(['size-probe']);
    expect(t.timer().said).toEqual([]);
  });

  it('is an abortion in the midst of the file, or without tsize', () => {
    const t = transfer(termsFor(['tsize', '0']), 10_000);
    t.ack(0);
    t.ack(1);
    expect(t.hear(error(0, 'x'))).toEqual(['aborted']);
    expect(t.outputs()).toEqual([{ kind: 'end', outcome: 'aborted', because: 'ERROR 0 x' }]);
    expect(transfer(plain, 10_000).hear(error(3, 'disk full'))).toEqual(['aborted']);
    expect(t.hear(ack(2))).toEqual([]);
  });

  it('is not brought about by strangers, who are told so, unless they only say ERROR', () => {
    const t = transfer(plain, 2000);
    expect(t.hear(ack(1), false)).toEqual(['stranger']);
    expect(t.hear(new Uint8Array(0), false)).toEqual(['stranger']);
    expect(t.hear(error(5, 'x'), false)).toEqual([]);
    expect(t.ack(1)).toEqual(['data 2: 512']);
    const told = stepTransfer(t.state(), { kind: 'datagram', bytes: ack(9), fromPeer: false }, 0)[1][0];
    const parsed = told?.kind === 'send-to-stranger' ? parseTftp(told.bytes) : undefined;
    expect(parsed).toMatchObject({ ok: true, value: { kind: 'error', code: 5 } as Partial<Tftp> });
  });

  it('is not brought about by what is neither ACK nor ERROR', () => {
    const t = transfer(plain, 2000);
    for (const bytes of [[], [0], [0, 3, 0, 1], [0, 6], [0, 9, 9], [0, 4, 0]]) {
      expect(t.hear(Uint8Array.from(bytes))).toEqual([]);
    }
    expect(t.ack(1)).toEqual(['data 2: 512']);
  });
});

describe('windows (RFC 7440)', () => {
  it('sends windowsize blocks for each ACK, and fewer at the end', () => {
    const t = transfer(windowed, 5 * 512 + 1);
    expect(t.ack(0)).toEqual([1, 2, 3, 4].map((n) => `data ${n}: 512`));
    expect(t.ack(4)).toEqual(['data 5: 512', 'data 6: 1']);
    expect(t.ack(6)).toEqual(['complete']);
  });

  it('starts the next window behind the block that was acknowledged', () => {
    const t = transfer(windowed, 100 * 512);
    t.ack(0);
    expect(t.ack(2)).toEqual([3, 4, 5, 6].map((n) => `data ${n}: 512`));
    expect(t.timer().said).toEqual([3, 4, 5, 6].map((n) => `data ${n}: 512`));
    expect(t.ack(5)).toEqual([6, 7, 8, 9].map((n) => `data ${n}: 512`));
  });

  it('takes a duplicate ACK for loss only if nothing better comes soon', () => {
    const t = transfer(windowed, 100 * 512);
    t.ack(0);
    t.wait(1);
    t.ack(4);
    // Duplicated by the network: the ACK of the next window comes in time, nothing is sent twice.
    expect(t.ack(4)).toEqual([]);
    t.wait(1);
    expect(t.ack(8)).toEqual([9, 10, 11, 12].map((n) => `data ${n}: 512`));
    // Block 9 lost: the client says 8 again.
    expect(t.ack(8)).toEqual([]);
    expect(t.ack(8)).toEqual([]);
    expect(t.timer()).toEqual({ after: 20, said: [9, 10, 11, 12].map((n) => `data ${n}: 512`) });
  });

  it('does not let duplicate ACKs drive it for ever', () => {
    const t = transfer(windowed, 100 * 512);
    t.ack(0);
    let windows = 0;
    for (let n = 0; n < 50; n++) {
      t.ack(0);
      if (t.state().suspicious) windows += t.timer().said.length / 4;
    }
    expect(windows).toBe(3);
  });
});

describe('a transfer over a bad network', () => {
  it('brings every octet once and in order, whatever is lost, doubled or late', () => {
    fc.assert(
      fc.property(
        fc.nat(40_000),
        fc.constantFrom<[string, string][]>(
          [],
          [['blksize', '1468']],
          [['windowsize', '4']],
          [
            ['blksize', '100'],
            ['windowsize', '7'],
          ],
        ),
        fc.infiniteStream(fc.nat(9)),
        (size, options, luck) => {
          const { received, outcome } = runOverBadNetwork(size, termsFor(...options), luck);
          // Seven losses in a row are a peer that is gone: the octets so far are right all the same.
          if (outcome === 'complete') expect(received).toBe(size);
          else expect(received).toBeLessThanOrEqual(size);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** A client that takes blocks in order and acknowledges as RFC 7440 says; one packet in ten is lost, one is doubled. */
function runOverBadNetwork(size: number, terms: TftpTerms, luck: Iterator<number>) {
  const t = transfer(terms, size);
  let received = 0;
  let expected = 1;
  let outcome: string | undefined;
  const toClient = (outputs: readonly TransferOutput[]): void => {
    let inWindow = 0;
    const replies: number[] = [];
    for (const output of outputs) {
      if (output.kind === 'end') outcome = output.outcome;
      const chance = luck.next().value;
      const copies = chance === 0 ? 0 : chance === 1 ? 2 : 1;
      for (let n = 0; n < copies; n++) {
        if (output.kind === 'send') replies.push(0);
        if (output.kind !== 'data') continue;
        if (output.block !== expected % 0x10000) {
          replies.push(expected - 1);
          continue;
        }
        expect(output.offset).toBe(received);
        received += output.length;
        expected++;
        inWindow++;
        if (inWindow === terms.windowsize || output.length < terms.blksize) {
          replies.push(expected - 1);
          inWindow = 0;
        }
      }
    }
    for (const block of replies) {
      if (luck.next().value === 0) continue;
      t.wait(1);
      t.ack(block % 0x10000);
      toClient(t.outputs());
    }
  };
  toClient(t.outputs());
  for (let n = 0; n < 5000 && outcome === undefined; n++) {
    t.timer();
    toClient(t.outputs());
  }
  expect(outcome).toBeDefined();
  return { received, outcome };
}
