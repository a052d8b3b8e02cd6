import { createWriteStream } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import type { Side } from '../../link/frame-reader.ts';
import { type Deed, Link } from '../../link/link.ts';
import { formatRule } from '../../link/link-plan.ts';
import { openPacketSocket } from '../../os/packet-socket.ts';
import { LINKTYPE } from '../../pcap/link-type.ts';
import { PcapngWriter } from '../../pcap/write-pcapng.ts';
import { streamFrame, streamFrameReader } from '../stream-frames.ts';
import { frameQueue } from './frame-queue.ts';
import type { LinkDeed, LinkReport, LinkSpec } from './protocol.ts';

export interface LinkPort {
  readonly powerOn: () => void;
  readonly stop: () => Promise<LinkReport>;
}

/** A burst of a server's TCP window, as the kernel counts it: some 2 KiB a frame. */
const NETWORK_QUEUE = 8 * 1024 * 1024;
/** What waits for a client that does not listen, like the queue of a tap (tun's 1,000 frames). More is dropped, and said. */
const CLIENT_QUEUE = 1024 * 1024;
const SHORTEST_FRAME = 14;
/** 1,500 octets and a VLAN tag: what the port can send. */
const LONGEST_FRAME = 1518;
const MOST_DEEDS = 10_000;

/** The shell of a Link: its clock, its two ends, and the capture of the client's end. Resolves when a client may connect. */
export async function openLinkPort(spec: LinkSpec): Promise<LinkPort> {
  const cable = openPacketSocket(spec.interface, 'everything');
  cable.holdUpTo(NETWORK_QUEUE);
  const toNetwork = frameQueue();
  const capture = clientCapture(spec);
  const deeds: LinkDeed[] = [];
  /** What the frame that is in the link's hands now brought about. */
  let fate: { readonly did: Deed[]; readonly passes: { readonly to: Side; readonly bytes: Uint8Array }[] } = {
    did: [],
    passes: [],
  };
  let client: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let poweredOn: number | undefined;
  let dropped = 0;
  let fromClient = 0;
  const began = performance.now();
  const link = new Link(spec.plan, {
    pass: (to, bytes) => void fate.passes.push({ to, bytes }),
    did: (deed) => void fate.did.push(deed),
  });

  const deliver = (to: Side, bytes: Uint8Array): void => {
    if (to === 'network') {
      if (bytes.length < SHORTEST_FRAME || bytes.length > LONGEST_FRAME) return;
      toNetwork(() => cable.send(bytes));
    } else if (client === undefined) {
      // Nobody is plugged in.
    } else if (client.writableLength > CLIENT_QUEUE) {
      dropped++;
    } else {
      capture.frame(bytes, 'outbound');
      client.write(streamFrame(bytes));
    }
  };
  const act = (arrived: { readonly from: Side; readonly bytes: Uint8Array } | undefined): void => {
    const now = performance.now();
    if (arrived === undefined) link.wake(now);
    else link.frame(arrived.from, arrived.bytes, now);
    const { did, passes } = fate;
    fate = { did: [], passes: [] };
    const since = (now - (poweredOn ?? began)) / 1000;
    for (const { rule, from, frame } of did) {
      if (deeds.length < MOST_DEEDS) deeds.push({ rule, seconds: since, from, frame });
    }
    if (arrived?.from === 'client') {
      fromClient++;
      capture.frame(arrived.bytes, 'inbound', did);
    }
    for (const { to, bytes } of passes) deliver(to, bytes);
    clearTimeout(timer);
    if (link.wakeAt !== undefined) timer = setTimeout(act, Math.max(0, link.wakeAt - now), undefined);
  };

  cable.onFrame((bytes) => act({ from: 'network', bytes }));
  const server = createServer((socket) => {
    client?.destroy();
    client = socket;
    const read = streamFrameReader((bytes) => act({ from: 'client', bytes }));
    socket.on('data', read);
    // QEMU that is killed resets the connection.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (client === socket) client = undefined;
    });
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(spec.socket, () => listening.resolve());
  await listening.promise;

  return {
    powerOn: () => {
      poweredOn = performance.now();
      link.powerOn(poweredOn);
    },
    stop: async () => {
      clearTimeout(timer);
      dropped += cable.dropped();
      cable[Symbol.dispose]();
      server.close();
      client?.destroy();
      await capture.end();
      return { acted: link.acted, deeds, fromClient, dropped };
    },
  };
}

/** What the client's end sees: frames that it sends (inbound, with what was done to them), and those that arrive there. */
function clientCapture({ name, plan, capture: path }: LinkSpec) {
  const writer = new PcapngWriter();
  const file = createWriteStream(path);
  file.write(
    writer.section({
      application: 'pxebench',
      comments: [
        `link plan, seed ${plan.seed}`,
        ...plan.rules.map((rule, at) => `rule ${at + 1}: ${formatRule(rule)}`),
      ],
    }),
  );
  file.write(writer.interface({ linkType: LINKTYPE.ethernet, name: `${name}-client` }));
  return {
    frame: (bytes: Uint8Array, direction: 'inbound' | 'outbound', did: readonly Deed[] = []): void => {
      const timeNs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
      const comments = did.map(({ rule }) => `pxebench: rule ${rule + 1} acted on it`);
      file.write(
        writer.frame({
          timeNs,
          interfaceId: 0,
          bytes,
          direction,
          ...(comments.length > 0 ? { comments } : {}),
        }),
      );
    },
    end: async (): Promise<void> => {
      file.end();
      await finished(file);
    },
  };
}
