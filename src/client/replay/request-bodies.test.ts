import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestBodies } from './request-bodies.ts';

const KEY = 'a connection';
/** Near the end of the numbers: they go on at 0. */
const SEQ = 0xffff_fff0;

/** The octets of a connection in segments, each from one place to the next. */
function bodiesOf(
  text: string,
  cuts: readonly number[],
  order = (places: number[]) => places,
): RequestBodies {
  const bytes = Buffer.from(text, 'latin1');
  const bodies = new RequestBodies();
  const places = [0, ...cuts.filter((cut) => cut > 5 && cut < bytes.length).sort((a, b) => a - b)];
  const starts = [...new Set(places)];
  const [first = 0, ...more] = starts;
  for (const at of [first, ...order(more)]) {
    const end = starts.find((next) => next > at) ?? bytes.length;
    bodies.segment(KEY, { seq: (SEQ + at) % 2 ** 32, payload: bytes.subarray(at, end) }, 7 + at);
  }
  return bodies;
}

const head = (...lines: readonly string[]) => `POST /boot HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('latin1');

describe('RequestBodies', () => {
  it.each([
    { name: 'of a length', head: head('Content-Length: 5', 'Host: x'), body: 'mac=1' },
    {
      name: 'in chunks',
      head: head('Transfer-Encoding: chunked'),
      body: '3;x=y\r\nmac\r\n2\r\n=1\r\n0\r\nA: b\r\n\r\n',
    },
    { name: 'of none', head: head('Host: x'), body: '' },
  ])('has a body $name, and not what was asked after it', ({ head: first, body }) => {
    expect(text(bodiesOf(`${first}${body}GET / HTTP/1.1\r\n\r\n`, []).bodyOf(KEY, 7))).toBe(body);
  });

  it.each([
    { name: 'a body that is cut off', octets: `${head('Content-Length: 6')}mac=1` },
    { name: 'chunks without the last', octets: `${head('Transfer-Encoding: chunked')}3\r\nmac\r\n` },
    { name: 'a head that is cut off', octets: 'POST / HTTP/1.1\r\nContent-Le' },
    { name: 'a request without a body', octets: 'GET / HTTP/1.1\r\n\r\n' },
  ])('has nothing of $name', ({ octets }) => {
    expect(bodiesOf(octets, []).bodyOf(KEY, 7)).toBeUndefined();
  });

  it('has the same body however the octets came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(80)),
        fc.boolean(),
        fc.string({ maxLength: 40 }),
        (cuts, backwards, sent) => {
          const body = Buffer.from(sent).toString('latin1');
          const octets = `${head(`Content-Length: ${body.length}`)}${body}`;
          const bodies = bodiesOf(octets, cuts, (places) => (backwards ? places.toReversed() : places));
          expect(text(bodies.bodyOf(KEY, 7))).toBe(body);
        },
      ),
    );
  });
});
