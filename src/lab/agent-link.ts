import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import {
  type AgentEvent,
  type AgentSpec,
  type CaptureStatistics,
  encodeCommand,
  encodeFrame,
  type LinkReport,
  type LinkSpec,
} from './agent/protocol.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { LabError } from './lab-error.ts';
import { type LabEntrance, type LabProcess, type ProcessEnd, spawnInLab } from './lab-process.ts';
import { bridgeName, INJECT_PORT, INJECTOR, type LabSpec, portName } from './lab-spec.ts';

/** The agent is source where we are source, and compiled where we are compiled. */
const AGENT = join(import.meta.dirname, 'agent', `main${extname(import.meta.filename)}`);
const EVENTS_FD = 3;

export interface AgentLink {
  /** It has been loaded and waits for open(). */
  readonly loaded: Promise<void>;
  /** Resolves once capture, DNS and router advertisements work. Rejects with LabError LAB_AGENT_DIED. */
  readonly open: (spec: LabSpec) => Promise<void>;
  /** pcapng as it grows. Ends after stopCapture(), and when the agent ends. */
  readonly capture: Readable;
  readonly stopCapture: () => Promise<CaptureStatistics>;
  readonly inject: (frame: Uint8Array, port: string) => void;
  /** Resolves when a client may connect. */
  readonly openLink: (spec: LinkSpec) => Promise<void>;
  readonly powerOn: (link: string) => void;
  /** Ends a link; its capture is a whole file then. */
  readonly stopLink: (link: string) => Promise<LinkReport>;
  /** For the end of the lab: closes the capture's pipe if nobody ever read it. */
  readonly release: () => void;
  /** Resolves when it ended, with the reason. */
  readonly died: Promise<LabError>;
}

/** Starts the agent in a lab whose namespaces are there; the bridge need not be. */
export async function startAgent(entrance: LabEntrance): Promise<AgentLink> {
  const agent = await spawnInLab(entrance, [process.execPath, '--no-warnings', AGENT], {
    label: 'agent',
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    rawStdout: true,
  });
  const { stdin, stdout } = agent;
  const events = agent.child.stdio[EVENTS_FD] as Readable;
  if (stdin === null || stdout === null) throw new Error('the agent has no pipes');

  const loaded = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<CaptureStatistics>();
  const died = Promise.withResolvers<LabError>();
  const capture = countedStream(stdout);
  const links = new Map<string, LinkPromises>();
  let said: string | undefined;

  createInterface({ input: events }).on('line', (line) => {
    const event = JSON.parse(line) as AgentEvent;
    switch (event.kind) {
      case 'loaded':
        loaded.resolve();
        break;
      case 'opened':
        opened.resolve();
        break;
      case 'capture-stopped':
        capture.endAfter(event.octets);
        stopped.resolve(event.statistics);
        break;
      case 'link-opened':
        links.get(event.link)?.opened.resolve();
        break;
      case 'link-stopped':
        links.get(event.link)?.stopped.resolve(event.report);
        break;
      case 'failed':
        said = event.message;
        break;
      default:
        event satisfies never;
    }
  });
  // All it had to say has come once the pipes that are always read have ended. stdout is read when somebody wants it.
  const closed = (stream: Readable | null): Promise<void> =>
    stream === null ? Promise.resolve() : new Promise((resolve) => stream.once('close', () => resolve()));
  events.on('error', () => {});
  const ended = [agent.exited, closed(events), closed(agent.stderr)];
  void Promise.all(ended).then(async () => {
    const error = agentDied(agent, await agent.exited, said);
    for (const { reject } of [loaded, opened, stopped]) reject(error);
    for (const link of links.values()) for (const { reject } of Object.values(link)) reject(error);
    died.resolve(error);
  });
  // Each is waited for by whoever asked; that nobody asked is no error.
  for (const { promise } of [loaded, opened, stopped]) promise.catch(() => {});

  return {
    loaded: loaded.promise,
    open: (spec) => {
      stdin.write(encodeCommand({ kind: 'open', spec: agentSpec(spec) }));
      return opened.promise;
    },
    capture: capture.stream,
    release: capture.release,
    stopCapture: stopOnce(stdin, stopped.promise),
    inject: (frame, port) => void stdin.write(encodeFrame(port, frame)),
    openLink: (spec) => {
      const link = linkPromises();
      links.set(spec.name, link);
      stdin.write(encodeCommand({ kind: 'open-link', spec }));
      return link.opened.promise;
    },
    powerOn: (link) => void stdin.write(encodeCommand({ kind: 'power-on', link })),
    stopLink: (link) => {
      stdin.write(encodeCommand({ kind: 'stop-link', link }));
      return links.get(link)?.stopped.promise ?? Promise.reject(new Error(`no link ${link}`));
    },
    died: died.promise,
  };
}

type LinkPromises = {
  readonly opened: PromiseWithResolvers<void>;
  readonly stopped: PromiseWithResolvers<LinkReport>;
};

function linkPromises(): LinkPromises {
  const promises = { opened: Promise.withResolvers<void>(), stopped: Promise.withResolvers<LinkReport>() };
  for (const { promise } of Object.values(promises)) promise.catch(() => {});
  return promises;
}

function stopOnce(stdin: Writable, stopped: Promise<CaptureStatistics>): () => Promise<CaptureStatistics> {
  let asked = false;
  return () => {
    if (!asked) stdin.write(encodeCommand({ kind: 'stop-capture' }));
    asked = true;
    return stopped;
  };
}

/**
 * nsenter holds the agent's stdout open for as long as the agent lives, so the end of the capture cannot be the end of
 * the pipe: the agent says how many octets there are.
 */
function countedStream(source: Readable) {
  const stream = new PassThrough();
  let received = 0;
  let total = Number.POSITIVE_INFINITY;
  const end = (): void => {
    if (!stream.writableEnded) stream.end();
  };
  source.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (!stream.writableEnded && !stream.write(chunk)) {
      source.pause();
      stream.once('drain', () => source.resume());
    }
    if (received >= total) end();
  });
  source.once('end', end);
  source.once('error', end);
  return {
    stream,
    release: () => {
      if (stream.readableFlowing !== null || stream.listenerCount('readable') > 0) return;
      stream.destroy();
      source.destroy();
    },
    endAfter: (octets: number) => {
      total = octets;
      if (received >= total) end();
    },
  };
}

function agentDied(agent: LabProcess, { code, signal }: ProcessEnd, said: string | undefined): LabError {
  const stderr = agent.output.recent().trim();
  const reason = said ?? (stderr === '' ? 'it said nothing' : stderr);
  return new LabError(
    'LAB_AGENT_DIED',
    `the lab's agent ended with ${signal ?? `status ${code}`}: ${reason}`,
    {
      argv: agent.argv,
      stderr,
    },
  );
}

function agentSpec(spec: LabSpec): AgentSpec {
  const [clients] = spec.networks;
  const hosts = spec.hosts.map(({ name, interfaces, forwards = false }) => ({
    name,
    interfaces: interfaces.length,
    forwards,
  }));
  const otherPorts = spec.hosts.flatMap((host) =>
    host.interfaces.flatMap(({ network }, index) =>
      network === clients.name ? [] : [portName(host.name, index)],
    ),
  );
  const dnsHost = spec.hosts.find((host) => host.name === spec.dns?.host);
  const router = spec.hosts.find((host) => host.name === spec.routerAdvertisements?.host);
  return {
    // What a bridge hears itself was seen at a port; the injector hears what was seen at the sender's.
    leaveOut: ['lo', ...spec.networks.map((_, index) => bridgeName(index)), INJECTOR, ...otherPorts],
    hosts,
    ports: [
      { name: INJECT_PORT, interface: INJECTOR },
      ...hosts.map(({ name }) => ({ name, host: name, interface: 'eth0' })),
    ],
    ...(dnsHost === undefined || spec.dns === undefined
      ? {}
      : { dns: { host: dnsHost.name, address: dnsHost.interfaces[0].address, names: spec.dns.names } }),
    ...(router === undefined
      ? {}
      : { routerAdvertisements: { host: router.name, mac: router.interfaces[0].mac } }),
  };
}
