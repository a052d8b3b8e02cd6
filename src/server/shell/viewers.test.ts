import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { openViewers } from './viewers.ts';

/** Time that goes by when the test says so. */
function handClock() {
  let waiting: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (_, run) => {
      waiting.push(run);
      return { [Symbol.dispose]: () => (waiting = waiting.filter((one) => one !== run)) };
    },
  };
  return {
    clock,
    waiting: () => waiting.length,
    pass: () => {
      const due = waiting;
      waiting = [];
      for (const run of due) run();
    },
  };
}

async function served(update: () => string | undefined) {
  const hand = handClock();
  let snapshots = 0;
  const feed = { snapshot: () => `snapshot ${++snapshots}\n\n`, update };
  const viewers = openViewers(feed, hand.clock);
  const server = createServer((_, response) => {
    response.writeHead(200);
    viewers.add(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const watch = async () => {
    const added = once(server, 'request');
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await added;
    return socket;
  };
  const stop = async (): Promise<void> => {
    viewers[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { viewers, hand, watch, stop, snapshots: () => snapshots };
}

describe('openViewers', () => {
  it('lets a viewer go that does not take what it is sent, and keeps the others', async () => {
    const one = 'x'.repeat(1024 * 1024);
    const { viewers, hand, watch, stop } = await served(() => one);
    const slow = await watch();
    slow.pause();
    const good = await watch();
    let taken = 0;
    good.on('data', (data) => {
      taken += data.length;
    });
    expect(viewers.count()).toBe(2);
    // What the kernel's buffers hold, and then what may wait: some megabytes.
    for (let round = 1; viewers.count() === 2 && round < 64; round++) {
      hand.pass();
      while (taken < round * one.length) await once(good, 'data');
    }
    expect(viewers.count()).toBe(1);
    await stop();
  });

  it('computes nothing while nobody watches, and one snapshot for all who come at once', async () => {
    let updates = 0;
    const { viewers, hand, watch, stop, snapshots } = await served(() => {
      updates++;
      return undefined;
    });
    hand.pass();
    expect({ updates, waiting: hand.waiting() }).toEqual({ updates: 0, waiting: 0 });
    const sockets = [await watch(), await watch(), await watch()];
    expect(snapshots()).toBe(1);
    hand.pass();
    expect(updates).toBe(1);
    for (const socket of sockets) socket.destroy();
    while (viewers.count() > 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    hand.pass();
    expect({ updates, waiting: hand.waiting() }).toEqual({ updates: 1, waiting: 0 });
    await stop();
  });
});
