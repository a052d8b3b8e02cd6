import { describe, expect, it } from 'vitest';
import type { Frame } from '../../pcap/frame.ts';
import { LINKTYPE } from '../../pcap/link-type.ts';
import type { HttpResponse } from '../../story/event.ts';
import { type Ipv4Address, ipv4, mac } from '../../wire/address.ts';
import type { HttpHeader } from '../../wire/http.ts';
import type { ExchangeResult } from './exchange.ts';
import type { HttpStep } from './http-step.ts';
import { replayScripts } from './replay-script.ts';
import type { ReplayScript } from './step.ts';
import { AS_RECORDED, act } from './testing/act.ts';
import { PEER, type Served, TcpPeer } from './testing/tcp-peer.ts';

const CLIENT = ipv4('10.188.0.66');
const TEXT = 'text/plain';

const answer = (status: number, text: string, changes: Partial<HttpResponse> = {}): HttpResponse => ({
  ...{ status, reason: 'OK', octets: text.length, sha256: 'recorded', program: undefined },
  ...{ text, complete: true, frame: 9 },
  headers: [
    ['Content-Type', TEXT],
    ['Content-Length', String(text.length)],
  ],
  ...changes,
});

const served = (text: string, head = `Content-Type: ${TEXT}\r\nContent-Length: ${text.length}`): Served => ({
  octets: `HTTP/1.1 200 OK\r\n${head}\r\n\r\n${text}`,
});

type Request = {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly HttpHeader[];
  readonly response?: HttpResponse | undefined;
  readonly connection?: number;
  readonly isLast?: boolean;
  readonly server?: Ipv4Address;
};

/** Requests of one client that has its address already, one after the other. */
function script(...requests: readonly Request[]): ReplayScript {
  const steps = requests.map(
    (
      { method = 'GET', target = '/boot1.txt', headers = [['Host', 'pxe.example.com']], ...more },
      i,
    ): HttpStep => ({
      ...{ kind: 'http', frame: i + 1, timeNs: BigInt(i), endNs: BigInt(i) },
      ...{ request: { method, target, version: '1.1', headers }, response: answer(200, 'script') },
      ...{ server: PEER.ip, serverPort: 80, clientAddress: CLIENT, clientPort: 49_152 + i },
      ...{ initialSeq: 1000, options: [], connection: i, isLast: true },
      ...more,
    }),
  );
  return {
    ...{ mac: mac('00:12:34:56:78:90'), steps, left: new Map(), answers: 1 },
    ...{ given: new Set(), told: new Set() },
  };
}

function replayed(
  peer: TcpPeer,
  one: ReplayScript,
): { readonly results: readonly ExchangeResult[]; readonly peer: TcpPeer } {
  const { results } = act([one], (sent, now) => peer.answer(sent, now), AS_RECORDED);
  return { results, peer };
}

const serving = (octets: Served | undefined, port = 80) => new TcpPeer(port, () => octets);

describe('HttpExchange', () => {
  it('asks in the recorded words, and says that the answer is the same', () => {
    const headers: readonly HttpHeader[] = [
      ['connection', 'keep-alive'],
      ['User-Agent', 'iPXE/1.0.0'],
      ['Host', 'pxe.example.com'],
    ];
    const { results, peer } = replayed(serving(served('script')), script({ headers }));
    expect(peer.requests).toEqual([
      'GET /boot1.txt HTTP/1.1\r\nconnection: keep-alive\r\nUser-Agent: iPXE/1.0.0\r\nHost: pxe.example.com\r\n\r\n',
    ]);
    expect(results).toMatchObject([
      { what: 'HTTP GET /boot1.txt', verdict: 'same', recorded: [1, 9], note: '200, 6 octets' },
    ]);
  });

  it('sends a body again as it was, chunks included, read from the frames of the recording', () => {
    const target = '/boot2.php';
    const headers: readonly HttpHeader[] = [
      ['Host', 'pxe.example.com'],
      ['Transfer-Encoding', 'chunked'],
    ];
    const body = Buffer.from(`3;x=y\r\nmac\r\n7d0\r\n${'='.repeat(2_000)}\r\n0\r\n\r\n`);
    const head = `POST ${target} HTTP/1.1\r\nHost: pxe.example.com\r\nTransfer-Encoding: chunked\r\n\r\n`;
    // To this peer the last chunk is what a request ends with.
    const peerOf = () =>
      new TcpPeer(80, (asked) => (asked.startsWith('POST') ? undefined : served('script')));
    const frames: Frame[] = [];
    const recordingPeer = peerOf();
    const answered = (sent: Uint8Array, now: number): readonly Uint8Array[] => {
      const answers = recordingPeer.answer(sent, now);
      for (const bytes of [sent, ...answers])
        frames.push({
          ...{ number: frames.length + 1, bytes, timeNs: BigInt(frames.length), interfaceId: 0 },
          ...{ linkType: LINKTYPE.ethernet, originalLength: bytes.length },
        });
      return answers;
    };
    const asked = script({ method: 'POST', target, headers });
    act(
      [{ ...asked, steps: asked.steps.map((step) => (step.kind === 'http' ? { ...step, body } : step)) }],
      answered,
      AS_RECORDED,
    );

    const [read] = replayScripts(frames);
    if (read === undefined) throw new Error('wanted the client of the frames');
    const { results, peer } = replayed(peerOf(), read);
    expect(results[0]?.differences).toEqual([]);
    expect(results).toMatchObject([{ what: `HTTP POST ${target}`, verdict: 'same' }]);
    expect(peer.requests.join('')).toBe(`${head}${body}`);
  });

  it('names the first line that differs, the type and how the length is told', () => {
    const recorded = answer(200, '#!ipxe\nchain a\n');
    const peer = serving({
      octets: 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n#!ipxe\nchain b\n',
      after: 'close',
    });
    const { results } = replayed(peer, script({ response: recorded }));
    expect(results[0]).toMatchObject({
      verdict: 'differs',
      differences: [
        { field: 'Content-Type', recorded: TEXT, got: 'text/html' },
        { field: 'length', recorded: 'Content-Length', got: 'up to the end of the connection' },
        { field: 'line 2', recorded: 'chain a', got: 'chain b' },
      ],
    });
  });

  it('does not compare what the pages of errors say', () => {
    const peer = serving({ octets: 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno' });
    const { results } = replayed(peer, script({ response: answer(404, '<html>') }));
    expect(results[0]?.verdict).toBe('same');
  });

  it('reads no body behind the head that HEAD is answered with', () => {
    const peer = serving({
      octets: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n',
    });
    const { results } = replayed(peer, script({ method: 'HEAD', response: answer(200, '') }));
    expect(results[0]).toMatchObject({ verdict: 'same', note: '200, 0 octets' });
  });

  it('asks once more on the connection that the recording did it on, and opens another one else', () => {
    const twice = [
      { connection: 7, isLast: false },
      { connection: 7, target: '/boot2.php' },
    ] as const;
    const kept = replayed(serving(served('script')), script(...twice));
    expect(kept.results.map(({ verdict }) => verdict)).toEqual(['same', 'same']);
    expect(kept.peer.opened).toBe(1);
    const closing = replayed(serving({ ...served('script'), after: 'close' }), script(...twice));
    expect(closing.results.map(({ verdict }) => verdict)).toEqual(['same', 'same']);
  });

  it.each<[string, Served | undefined, string, string]>([
    ['resets in the middle', { ...served('scr', 'Content-Length: 6'), after: 'reset' }, 'differs', 'reset'],
    ['closes too early', { ...served('scr', 'Content-Length: 6'), after: 'close' }, 'differs', 'closed'],
    ['says nothing', undefined, 'missing', 'no answer came'],
    ['never ends', served('script', 'Content-Length: 7'), 'differs', 'no answer came'],
    ['does not speak HTTP', { octets: '220 ready\r\n\r\n' }, 'missing', 'frame 9'],
  ])('has a verdict on a server that %s', (_, octets, verdict, note) => {
    const { results } = replayed(serving(octets), script({}));
    expect(results[0]).toMatchObject({ verdict, note: expect.stringContaining(note) });
  });

  it('says that nobody listens there', () => {
    const { results } = replayed(serving(served('script'), 8080), script({}));
    expect(results[0]).toMatchObject({
      verdict: 'missing',
      note: 'nobody listens there: the connection was refused; the recording had an answer in frame 9',
    });
  });

  it('goes where the script of now sends it', () => {
    const peer = new TcpPeer(80, (request) =>
      served(request.startsWith('GET /boot1') ? '#!ipxe\nchain http://boot.example.org/menu.php\n' : 'menu'),
    );
    const steps = script(
      { response: answer(200, '#!ipxe\nchain http://pxe.example.com/boot2.php?mac=${mac}\n') },
      { target: '/boot2.php?mac=00%3A12&ip=10.188.0.66', response: answer(200, 'menu') },
    );
    const { results, peer: asked } = replayed(peer, steps);
    expect(results.map(({ verdict }) => verdict)).toEqual(['differs', 'same']);
    expect(results[1]).toMatchObject({
      what: 'HTTP GET /boot2.php?…',
      note: expect.stringContaining('asked for /menu.php?… now'),
    });
    expect(asked.requests[1]).toBe(
      'GET /menu.php?mac=00%3A12&ip=10.188.0.66 HTTP/1.1\r\nHost: boot.example.org\r\n\r\n',
    );
  });

  it('does not ask by HTTP what is read by something else now', () => {
    const steps = script(
      { response: answer(200, 'chain http://pxe.example.com/boot2.php\n') },
      { target: '/boot2.php' },
    );
    const { results } = replayed(serving(served('chain https://pxe.example.com/boot2.php\n')), steps);
    expect(results[1]).toMatchObject({ verdict: 'skipped', note: expect.stringContaining('https://') });
  });
});
