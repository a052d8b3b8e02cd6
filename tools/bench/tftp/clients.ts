/**
 * Many TFTP clients in one process that does as little as a client can, so that the server is what is measured: one socket a
 * client, one system call to receive a window, one to acknowledge it, and every octet compared with the file.
 * Usage: node clients.ts JSON (LoadSpec). Prints Load as JSON.
 */
import { readFileSync } from 'node:fs';
import { openEpoll } from '../../../src/os/epoll.ts';
import { inetAddress } from '../../../src/os/inet-socket.ts';
import { addressOf, checked, connect, recvFrom, sendTo, setsockopt, socket } from '../../../src/os/libc.ts';
import { int, LITTLE_ENDIAN } from '../../../src/os/native.ts';
import { type BlockNumber, parseTftp, serializeTftp, tftpOption } from '../../../src/wire/tftp.ts';
import { windowReceiver } from './window-receiver.ts';

export type LoadSpec = {
  readonly server: string;
  readonly port: number;
  readonly file: string;
  /** The same file, to compare with. */
  readonly path: string;
  readonly clients: number;
  readonly blksize: number;
  readonly windowsize: number;
};

export type Load = {
  readonly seconds: number;
  /** What the server granted: 1 where it does not know the option. */
  readonly windowsize: number;
  /** Times that a client waited a second for nothing. */
  readonly timeouts: number;
  /** Of this process. */
  readonly cpuSeconds: number;
};

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const MSG_DONTWAIT = 0x40;
const DATA = 3;
const WAIT_MS = 1000;
const MOST_MESSAGES = 64;
const MOST_WAITS = 20;

const spec = JSON.parse(process.argv[2] ?? '') as LoadSpec;
const wanted = readFileSync(spec.path);
const service = inetAddress(spec.server, spec.port);
const request = serializeTftp({
  kind: 'rrq',
  file: spec.file,
  mode: 'octet',
  options: [
    { name: 'blksize', value: String(spec.blksize) },
    ...(spec.windowsize === 1 ? [] : [{ name: 'windowsize', value: String(spec.windowsize) }]),
  ],
});
const receiver = windowReceiver(MOST_MESSAGES, 4 + spec.blksize);
const room = Buffer.from(receiver.room.buffer);
const ackPacket = serializeTftp({ kind: 'ack', block: 0 as BlockNumber });

const answer = new ArrayBuffer(1024);
const name = new ArrayBuffer(16);
const nameLength = new ArrayBuffer(4);
const [answerAt, nameAt, nameLengthAt] = [answer, name, nameLength].map(addressOf) as [
  bigint,
  bigint,
  bigint,
];

class Client {
  readonly fd = checked('socket', socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
  windowsize = 1;
  done = false;
  #connected = false;
  #next = 1;
  #inWindow = 0;

  constructor() {
    checked('SO_RCVBUF', setsockopt(this.fd, SOL_SOCKET, SO_RCVBUF, int(1 << 20), 4));
  }

  /** Says again what it said last. */
  ask(): void {
    if (this.#connected) this.#ack();
    else checked('sendto', sendTo(this.fd, request, request.length, 0, service, service.length));
  }

  /** False: nothing came. */
  hear(flags: number): boolean {
    if (!this.#connected) return this.#hearAnswer(flags);
    const most = this.windowsize - this.#inWindow;
    const count = receiver.receive(this.fd, most, flags);
    for (let index = 0; index < count; index++) {
      this.#take(receiver.startOf(index), receiver.lengthOf(index));
    }
    return count > 0;
  }

  #hearAnswer(flags: number): boolean {
    new DataView(nameLength).setUint32(0, name.byteLength, LITTLE_ENDIAN);
    const length = recvFrom(this.fd, answerAt, answer.byteLength, flags, nameAt, nameLengthAt);
    if (length < 0) return false;
    const parsed = parseTftp(new Uint8Array(answer, 0, length));
    const options = parsed.ok && parsed.value.kind === 'oack' ? parsed.value.options : [];
    if (tftpOption(options, 'blksize') !== String(spec.blksize)) {
      throw new Error(`wanted an OACK of blksize ${spec.blksize}, got ${JSON.stringify(parsed)}`);
    }
    this.windowsize = Number(tftpOption(options, 'windowsize') ?? 1);
    checked('connect', connect(this.fd, new Uint8Array(name), name.byteLength));
    this.#connected = true;
    this.#ack();
    return true;
  }

  #take(start: number, length: number): void {
    const block = ((room[start + 2] as number) << 8) | (room[start + 3] as number);
    if (room[start + 1] !== DATA)
      throw new Error(`wanted DATA, got ${room.toString('latin1', start, start + length)}`);
    if (block !== (this.#next & 0xffff)) return;
    const offset = (this.#next - 1) * spec.blksize;
    const end = offset + length - 4;
    if (room.compare(wanted, offset, end, start + 4, start + length) !== 0) {
      throw new Error(`other octets than the file's in block ${this.#next}`);
    }
    this.#next++;
    this.#inWindow++;
    this.done = length - 4 < spec.blksize;
    if (this.done && end !== wanted.length) throw new Error(`wanted ${wanted.length} octets, got ${end}`);
    if (this.done || this.#inWindow >= this.windowsize) this.#ack();
  }

  #ack(): void {
    const block = this.#next - 1;
    ackPacket[2] = block >> 8;
    ackPacket[3] = block;
    this.#inWindow = 0;
    sendTo(this.fd, ackPacket, ackPacket.length, 0, null, 0);
  }
}

const clients = Array.from({ length: spec.clients }, () => new Client());
const [first] = clients;
if (first === undefined) throw new Error('wanted a client');
let timeouts = 0;
const waited = (who: readonly Client[]): void => {
  if (++timeouts > MOST_WAITS) throw new Error(`no answer for ${MOST_WAITS} s in all`);
  for (const client of who) if (!client.done) client.ask();
};

const began = performance.now();
if (clients.length === 1) {
  // A receive that waits: one system call less for each block than asking first which socket has something.
  const second = new Uint8Array(BigInt64Array.of(1n, 0n).buffer);
  checked('SO_RCVTIMEO', setsockopt(first.fd, SOL_SOCKET, SO_RCVTIMEO, second, second.length));
  first.ask();
  while (!first.done) if (!first.hear(0)) waited(clients);
} else {
  using epoll = openEpoll();
  for (const [index, client] of clients.entries()) {
    epoll.add(client.fd, index);
    client.ask();
  }
  let left = clients.length;
  while (left > 0) {
    const ready = epoll.wait(WAIT_MS);
    if (ready === 0) waited(clients);
    for (let at = 0; at < ready; at++) {
      const client = clients[epoll.tokenAt(at)];
      if (client === undefined || client.done) continue;
      client.hear(MSG_DONTWAIT);
      if (!client.done) continue;
      left--;
      epoll.remove(client.fd);
    }
  }
}
const { user, system } = process.cpuUsage();
const load: Load = {
  seconds: (performance.now() - began) / 1000,
  windowsize: first.windowsize,
  timeouts,
  cpuSeconds: (user + system) / 1e6,
};
process.stdout.write(JSON.stringify(load));
