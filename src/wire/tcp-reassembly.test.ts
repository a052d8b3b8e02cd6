import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tcpFlags } from './tcp.ts';
import { type ReassemblyLimits, type StreamItem, TcpReassembly } from './tcp-reassembly.ts';

const text = (octets: string): Uint8Array => Uint8Array.from(Buffer.from(octets, 'latin1'));
const ISN = 0xffff_fff0;

/** A stream whose SYN was seen; tags count segments from 1. */
function stream(limits?: ReassemblyLimits) {
  const tcp = new TcpReassembly<number>(limits);
  let tag = 0;
  tcp.segment({ seq: ISN, flags: tcpFlags('syn'), payload: text('') }, 0);
  return {
    tcp,
    send: (at: number, octets: string, flag: 'psh' | 'fin' | 'rst' = 'psh', missing = 0) => {
      tag++;
      const segment = { seq: (ISN + 1 + at) >>> 0, flags: tcpFlags('ack', flag), payload: text(octets) };
      return tcp.segment(segment, tag, missing).map(shown);
    },
    ack: (at: number) => tcp.acknowledged((ISN + 1 + at) >>> 0).map(shown),
    finish: () => tcp.finish().map(shown),
  };
}

function shown(item: StreamItem<number>): string {
  switch (item.kind) {
    case 'data':
      return `${item.at} ${Buffer.from(item.bytes).toString('latin1')} #${item.tag}`;
    case 'gap':
      return `gap ${item.from}-${item.to}`;
    case 'end':
      return `${item.by} ${item.at} #${item.tag}`;
  }
}

describe('TcpReassembly', () => {
  it('hands on segments in order as they come, across the wrap of the sequence number', () => {
    const { send } = stream();
    expect(send(0, 'GET /boot1.txt')).toEqual(['0 GET /boot1.txt #1']);
    expect(send(14, ' HTTP/1.1')).toEqual(['14  HTTP/1.1 #2']);
    expect(send(23, '\r\n', 'fin')).toEqual(['23 \r\n #3', 'fin 25 #3']);
  });

  it('hands on views, not copies, of what comes in order', () => {
    const tcp = new TcpReassembly<number>();
    const payload = text('abc');
    expect(tcp.segment({ seq: 7, flags: tcpFlags('ack'), payload }, 1)[0]).toHaveProperty('bytes', payload);
  });

  it('puts segments that changed places in order, each with its own tag', () => {
    const { send } = stream();
    expect(send(6, 'ghi')).toEqual([]);
    expect(send(3, 'def')).toEqual([]);
    expect(send(0, 'abc')).toEqual(['0 abc #3', '3 def #2', '6 ghi #1']);
  });

  it('hands on what a retransmission adds, and counts what it repeats', () => {
    const { send, tcp } = stream();
    send(0, 'abc');
    expect(send(0, 'abc')).toEqual([]);
    expect(send(1, 'bcdef')).toEqual(['3 def #3']);
    expect(tcp.repeatedOctets).toBe(5);
  });

  it('lets the first copy win where copies differ, around what is held too', () => {
    const { send } = stream();
    send(4, 'EE');
    send(8, 'II');
    expect(send(3, 'dddddddd')).toEqual([]);
    expect(send(0, 'aaaaaa')).toEqual(['0 aaa #4', '3 d #3', '4 EE #1', '6 dd #3', '8 II #2', '10 d #3']);
  });

  it('declares a gap when the other side acknowledges octets that the capture does not hold', () => {
    const { send, ack } = stream();
    send(0, 'abc');
    expect(send(6, 'ghi')).toEqual([]);
    expect(ack(3)).toEqual([]);
    expect(ack(9)).toEqual(['gap 3-6', '6 ghi #2']);
    expect(send(3, 'def')).toEqual([]);
    expect(send(9, 'j')).toEqual(['9 j #4']);
  });

  it('declares a gap up to the acknowledgment where nothing behind it was seen', () => {
    const { send, ack } = stream();
    send(0, 'abc');
    expect(ack(6)).toEqual(['gap 3-6']);
  });

  it('takes the acknowledgment of a FIN for no octet', () => {
    const { send, ack } = stream();
    expect(send(3, '', 'fin')).toEqual([]);
    expect(ack(4)).toEqual(['gap 0-3', 'fin 3 #1']);
  });

  it('declares a gap when more than the limit waits, and goes on behind it', () => {
    const { send, tcp } = stream({ heldOctets: 6 });
    expect(send(3, 'def')).toEqual([]);
    expect(send(9, 'jkl')).toEqual([]);
    expect(send(15, 'p')).toEqual(['gap 0-3', '3 def #1']);
    expect(tcp.heldOctets).toBe(4);
    expect(send(0, 'abc')).toEqual([]);
    expect(send(6, 'ghi')).toEqual(['6 ghi #5', '9 jkl #2']);
  });

  it('limits how many pieces wait', () => {
    const { send } = stream({ heldPieces: 2 });
    send(1, 'b');
    send(3, 'd');
    expect(send(5, 'f')).toEqual(['gap 0-1', '1 b #1']);
  });

  it('declares a gap for what a snap length cut off', () => {
    const { send } = stream();
    expect(send(0, 'abc', 'psh', 4)).toEqual(['0 abc #1', 'gap 3-7']);
    expect(send(7, 'h')).toEqual(['7 h #2']);
  });

  it('hands on all that waits, with the holes, when the connection is reset', () => {
    const { send, tcp } = stream();
    send(3, 'def');
    expect(send(9, '', 'rst')).toEqual(['gap 0-3', '3 def #1', 'rst 6 #2']);
    expect(tcp.ended).toBe(true);
    expect(send(6, 'ghi')).toEqual([]);
  });

  it('hands on all that waits when the capture ends', () => {
    const { send, finish } = stream();
    send(3, 'def');
    send(9, '', 'fin');
    expect(finish()).toEqual(['gap 0-3', '3 def #1', 'gap 6-9', 'fin 9 #2']);
    expect(finish()).toEqual([]);
  });

  it('ends at the FIN, also when it comes before the data', () => {
    const { send } = stream();
    expect(send(3, 'def', 'fin')).toEqual([]);
    expect(send(0, 'abc')).toEqual(['0 abc #2', '3 def #1', 'fin 6 #1']);
    expect(send(6, 'more')).toEqual([]);
  });

  it('begins inside a connection with the first octets seen; a bare acknowledgment is none', () => {
    const tcp = new TcpReassembly<number>();
    expect(tcp.segment({ seq: 5000, flags: tcpFlags('ack'), payload: text('') }, 1)).toEqual([]);
    expect(tcp.acknowledged(9000)).toEqual([]);
    expect(tcp.segment({ seq: 6000, flags: tcpFlags('ack'), payload: text('abc') }, 2).map(shown)).toEqual([
      '0 abc #2',
    ]);
    expect(tcp.segment({ seq: 5990, flags: tcpFlags('ack'), payload: text('older') }, 3)).toEqual([]);
    expect(tcp.initialSeq).toBeUndefined();
  });

  it('ignores a keep-alive probe', () => {
    const { send } = stream();
    send(0, 'abc');
    expect(send(2, '\0')).toEqual([]);
    expect(send(3, 'd')).toEqual(['3 d #3']);
  });

  it('takes data in the SYN (RFC 7413) as the first of the stream', () => {
    const tcp = new TcpReassembly<number>();
    expect(tcp.segment({ seq: ISN, flags: tcpFlags('syn'), payload: text('abc') }, 1).map(shown)).toEqual([
      '0 abc #1',
    ]);
    expect(tcp.initialSeq).toBe(ISN);
  });

  it('ignores a segment farther off than any window', () => {
    const { send, tcp, ack } = stream();
    expect(send(2 ** 30 + 1, 'abc')).toEqual([]);
    expect(ack(2 ** 30 + 1)).toEqual([]);
    expect(tcp.heldOctets).toBe(0);
  });

  it('counts on beyond 2^32 octets', () => {
    const { send, ack, tcp } = stream();
    for (let at = 2 ** 29; at <= 2 ** 33; at += 2 ** 29)
      expect(ack(at)).toEqual([`gap ${at - 2 ** 29}-${at}`]);
    expect(send(2 ** 33, 'abc')).toEqual([`${2 ** 33} abc #1`]);
    expect(tcp.position).toBe(2 ** 33 + 3);
  });

  const segments = fc.array(
    fc.record({ at: fc.nat({ max: 60 }), octets: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
    { maxLength: 30 },
  );

  it('gives, for any segments in any order, each octet as its first copy had it, or a gap where none came', () => {
    fc.assert(
      fc.property(segments, fc.nat({ max: 0xffffffff }), (sent, isn) => {
        const tcp = new TcpReassembly<number>();
        tcp.segment({ seq: isn, flags: tcpFlags('syn'), payload: text('') }, -1);
        const first = new Map<number, { readonly octet: number; readonly tag: number }>();
        const items: StreamItem<number>[] = [];
        for (const [tag, { at, octets }] of sent.entries()) {
          octets.forEach((octet, i) => {
            if (!first.has(at + i)) first.set(at + i, { octet, tag });
          });
          const seq = (isn + 1 + at) >>> 0;
          items.push(...tcp.segment({ seq, flags: tcpFlags('ack'), payload: octets }, tag));
        }
        items.push(...tcp.finish());
        const end = Math.max(0, ...[...first.keys()].map((at) => at + 1));
        const wanted = Array.from({ length: end }, (_, at) => first.get(at));
        expect(octetsOf(items)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('gives, for a stream cut, repeated, lost and acknowledged at random, the stream with holes that are declared', () => {
    const plan = fc.record({
      stream: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      cuts: fc.array(fc.record({ from: fc.nat(), length: fc.integer({ min: 1, max: 40 }) }), {
        maxLength: 60,
      }),
      acks: fc.array(fc.nat({ max: 310 }), { maxLength: 60 }),
      limit: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(plan, ({ stream: whole, cuts, acks, limit }) => {
        const tcp = new TcpReassembly<number>({ heldOctets: limit, heldPieces: 10 });
        tcp.segment({ seq: ISN, flags: tcpFlags('syn'), payload: text('') }, -1);
        const items: StreamItem<number>[] = [];
        for (const [tag, cut] of cuts.entries()) {
          const from = cut.from % whole.length;
          const payload = whole.subarray(from, from + cut.length);
          const flags = from + cut.length >= whole.length ? tcpFlags('ack', 'fin') : tcpFlags('ack');
          items.push(...tcp.segment({ seq: (ISN + 1 + from) >>> 0, flags, payload }, tag));
          items.push(...tcp.acknowledged((ISN + 1 + (acks[tag] ?? 0)) >>> 0));
          expect(tcp.heldOctets).toBeLessThanOrEqual(limit);
        }
        items.push(...tcp.finish());
        for (const [at, found] of octetsOf(items).entries()) {
          if (found !== undefined) expect(found.octet).toBe(whole[at]);
        }
        expect(items.filter((item) => item.kind === 'end').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Octet by octet, undefined in gaps; fails where items do not join on. */
function octetsOf(items: readonly StreamItem<number>[]) {
  const all: ({ readonly octet: number; readonly tag: number } | undefined)[] = [];
  for (const item of items) {
    if (item.kind === 'data') {
      expect(item.at).toBe(all.length);
      for (const octet of item.bytes) all.push({ octet, tag: item.tag });
    } else if (item.kind === 'gap') {
      expect(item.from).toBe(all.length);
      expect(item.to).toBeGreaterThan(item.from);
      for (let at = item.from; at < item.to; at++) all.push(undefined);
    }
  }
  return all;
}
