import { type HttpHeader, serializeHttpHead } from '../../src/wire/http.ts';
import { tcpFlags } from '../../src/wire/tcp.ts';
import type { TcpOption } from '../../src/wire/tcp-option.ts';
import { blockNumber, serializeTftp, type TftpFields } from '../../src/wire/tftp.ts';
import { type Host, type Port, tcpFrame, udpFrame } from './made-packets.ts';

/** A file that a client fetches from `port` of its own. */
export type Download = {
  readonly client: Host;
  readonly server: Host;
  readonly port: number;
  readonly file: string;
  readonly content: Uint8Array;
};

/** What a kernel's client and server agree on: window scale, timestamps and an MSS of Ethernet. */
const MSS = 1460;
const SEGMENT = MSS - 12;
const TIMESTAMPS: TcpOption = { kind: 'timestamps', value: 1_000, echo: 2_000 };
const NOP: TcpOption = { kind: 'nop' };
const OPTIONS = [NOP, NOP, TIMESTAMPS];
const OPENING: readonly TcpOption[] = [
  { kind: 'mss', mss: MSS },
  NOP,
  { kind: 'window-scale', shift: 7 },
  ...OPTIONS,
];
/** What a web server of today says of a file. */
const OF_A_FILE: readonly HttpHeader[] = [
  ['Date', 'Wed, 25 Nov 2026 12:00:00 GMT'],
  ['Server', 'Apache/2.4.62 (Debian)'],
  ['Last-Modified', 'Tue, 24 Nov 2026 12:00:00 GMT'],
  ['ETag', '"2f6b3c-62a1f3b6d1c40"'],
  ['Accept-Ranges', 'bytes'],
];

/** One GET on a connection of its own: full segments, every second one acknowledged. */
export function* httpDownload({ client, server, port, file, content }: Download): Generator<Uint8Array> {
  const here: Port = { host: client, port };
  const there: Port = { host: server, port: 80 };
  const ack = tcpFlags('ack');
  const pushed = tcpFlags('psh', 'ack');
  const last = tcpFlags('fin', 'ack');
  const request = serializeHttpHead({
    kind: 'request',
    method: 'GET',
    target: `/${file}`,
    version: '1.1',
    headers: [
      ['Connection', 'keep-alive'],
      ['User-Agent', 'iPXE/1.21.1'],
      ['Host', server.ip],
    ],
  });
  const head = serializeHttpHead({
    kind: 'response',
    version: '1.1',
    status: 200,
    reason: 'OK',
    headers: [...OF_A_FILE, ['Content-Length', String(content.length)]],
  });
  const stream = new Uint8Array(head.length + content.length);
  stream.set(head);
  stream.set(content, head.length);

  let mine = Math.imul(port, 65_537) >>> 0;
  let theirs = Math.imul(port, 92_821) >>> 0;
  const say = (flags: typeof ack, payload: Uint8Array, options: readonly TcpOption[] = OPTIONS) =>
    tcpFrame(here, there, { seq: mine, ack: flags.ack ? theirs : 0, flags, options, payload });
  const answer = (flags: typeof ack, payload: Uint8Array, options: readonly TcpOption[] = OPTIONS) =>
    tcpFrame(there, here, { seq: theirs, ack: mine, flags, options, payload });
  const nothing = new Uint8Array(0);

  yield say(tcpFlags('syn'), nothing, OPENING);
  mine = (mine + 1) >>> 0;
  yield answer(tcpFlags('syn', 'ack'), nothing, OPENING);
  theirs = (theirs + 1) >>> 0;
  yield say(ack, nothing);
  yield say(pushed, request);
  mine = (mine + request.length) >>> 0;
  yield answer(ack, nothing);
  for (let at = 0, segment = 1; at < stream.length; at += SEGMENT, segment++) {
    const payload = stream.subarray(at, at + SEGMENT);
    yield answer(ack, payload);
    theirs = (theirs + payload.length) >>> 0;
    if (segment % 2 === 0) yield say(ack, nothing);
  }
  yield say(last, nothing);
  mine = (mine + 1) >>> 0;
  yield answer(last, nothing);
  theirs = (theirs + 1) >>> 0;
  yield say(ack, nothing);
}

/** RFC 1350 without options, as the oldest ROMs ask. */
const OLDEST_BLKSIZE = 512;

/** One RRQ and what follows. Without `blksize` there is no option in it. */
export function* tftpDownload(
  { client, server, port, file, content }: Download,
  blksize?: number,
): Generator<Uint8Array> {
  const here: Port = { host: client, port };
  const there: Port = { host: server, port: 32_768 + (port % 16_384) };
  const say = (packet: TftpFields, to = there) => udpFrame(here, to, serializeTftp(packet));
  const answer = (packet: TftpFields) => udpFrame(there, here, serializeTftp(packet));
  const size = blksize === undefined ? [] : [{ name: 'blksize', value: String(blksize) }];
  const options = blksize === undefined ? [] : [{ name: 'tsize', value: '0' }, ...size];
  yield say({ kind: 'rrq', file, mode: 'octet', options }, { host: server, port: 69 });
  if (blksize !== undefined) {
    yield answer({ kind: 'oack', options: [{ name: 'tsize', value: String(content.length) }, ...size] });
    yield say({ kind: 'ack', block: blockNumber(0) });
  }
  const length = blksize ?? OLDEST_BLKSIZE;
  for (let at = 0, block = 1; at <= content.length; at += length, block++) {
    yield answer({ kind: 'data', block: blockNumber(block), data: content.subarray(at, at + length) });
    yield say({ kind: 'ack', block: blockNumber(block) });
  }
}
