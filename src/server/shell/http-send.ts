import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { FileSenders } from '../../os/file-sender.ts';
import { type BodyPart, partLength } from '../http/plan-file.ts';
import type { HttpAnswer } from './answer-http.ts';
import { bodySink } from './http-body.ts';

/** Called once: how much of the body went out, and why not all of it. */
export type Sent = (octets: number, because?: string) => void;

type BodyAnswer = Extract<HttpAnswer, { kind: 'body' }>;
type StreamAnswer = Extract<HttpAnswer, { kind: 'stream' }>;

/** A viewer of a page that never ends, so far behind, is sent away. */
const MAX_BEHIND_OCTETS = 1024 * 1024;
const SHORTER = 'the file has become shorter';

/** Reads and writes all of a small answer in one piece. */
export function sendAtOnce(socket: Socket, head: string, { body, file }: BodyAnswer, done: Sent): void {
  using _file = file;
  const octets = bodyLength(body);
  const bytes = Buffer.allocUnsafe(head.length + octets);
  let at = bytes.write(head, 'latin1');
  for (const part of body) {
    const room = bytes.subarray(at, at + partLength(part));
    const problem = fill(room, part, file?.fd);
    if (problem !== undefined) {
      done(0, problem);
      return;
    }
    at += room.length;
  }
  // False: the client does not read, and may not have more answers waiting for it than this one.
  if (socket.write(bytes)) {
    done(octets);
    return;
  }
  const drained = (): void => {
    socket.off('close', gone);
    done(octets);
  };
  const gone = (): void => {
    socket.off('drain', drained);
    done(0, 'broken off: the client did not read it');
  };
  socket.once('drain', drained).once('close', gone);
}

/** Resolves with why not all of it went out, if so. `progress` is told of every piece of the body. */
export async function sendInPieces(
  socket: Socket,
  head: string,
  { body, file }: BodyAnswer,
  senders: FileSenders,
  progress: (octets: number) => void,
): Promise<string | undefined> {
  try {
    using opened = file;
    using sink = bodySink(socket, senders);
    await sink.octets(head);
    for (const part of body) {
      if (part instanceof Uint8Array) {
        await sink.octets(part);
        progress(part.length);
      } else if (opened === undefined || !(await sink.range(opened.fd, part, progress))) return SHORTER;
    }
    return undefined;
  } catch (error) {
    return brokenOff(error);
  }
}

/** Goes on until the client leaves. */
export function sendStream(socket: Socket, head: string, answer: StreamAnswer, done: Sent): void {
  let octets = 0;
  socket.write(head, 'latin1');
  const stream = answer.open({
    send: (text) => {
      if (socket.destroyed) return false;
      octets += Buffer.byteLength(text);
      socket.write(text);
      if (socket.writableLength > MAX_BEHIND_OCTETS) socket.destroy();
      return !socket.destroyed;
    },
  });
  const leave = (): void => {
    socket.off('close', leave).off('end', leave);
    stream[Symbol.dispose]();
    done(octets);
  };
  socket.on('close', leave).on('end', leave);
}

export function bodyLength(body: readonly BodyPart[]): number {
  return body.reduce((sum, part) => sum + partLength(part), 0);
}

/** Says what is wrong, if anything. */
function fill(room: Buffer, part: BodyPart, fd: number | undefined): string | undefined {
  if (part instanceof Uint8Array) {
    room.set(part);
    return undefined;
  }
  try {
    for (let at = 0; at < room.length; ) {
      const count = fd === undefined ? 0 : readSync(fd, room, at, room.length - at, part.start + at);
      if (count === 0) return SHORTER;
      at += count;
    }
    return undefined;
  } catch (error) {
    return brokenOff(error);
  }
}

function brokenOff(error: unknown): string {
  return `broken off: ${error instanceof Error ? error.message : String(error)}`;
}
