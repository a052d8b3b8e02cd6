/**
 * Keeps one container: a process in the lab that stands for it. Prints what it prints, ends as it ends, with its exit status;
 * SIGTERM stops it, KILL_CONTAINER kills it. DOCKER_HOST names the lab's engine. Usage: keeper.ts JSON-of-ContainerSpec
 *
 * A process of its own, because testcontainers knows one engine for each process, and each lab has its own.
 */
import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { type ContainerSpec, KILL_CONTAINER } from './container-spec.ts';

/** A DHCP server sends to clients that have no address yet, and may ask by ARP whether one is free. */
const CAPABILITIES = ['NET_ADMIN', 'NET_RAW'];
/** Until a container that was asked to stop is killed. */
const STOP_SECONDS = 4;

const spec = JSON.parse(process.argv[2] ?? '') as ContainerSpec;

async function imageOf(from: ContainerSpec['from']): Promise<GenericContainer> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const name = 'image' in from ? from.image : `pxebench/${Buffer.from(from.build).toString('hex')}`;
  // A server may have several processes of one image.
  const there = await dockerode
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (there) return new GenericContainer(name);
  if ('build' in from) {
    await built(await dockerode.buildImage({ context: from.build, src: ['.'] }, { t: name }));
    return new GenericContainer(name);
  }
  // Its answer is progress for somebody who looks on, and ends once the image is there.
  await text(await dockerode.loadImage(from.archive));
  return new GenericContainer(name);
}

/** Rejects with the engine's own words for a step that fails; testcontainers keeps them to itself. */
async function built(progress: NodeJS.ReadableStream): Promise<void> {
  for (const line of (await text(progress)).split('\n')) {
    if (line.trim() === '') continue;
    const { error } = JSON.parse(line) as { readonly error?: string };
    if (error !== undefined) throw new Error(error);
  }
}

/** In the words of the engine or of testcontainers; where in our source is of no use to somebody with a server. */
function fail(error: unknown): never {
  writeSync(process.stderr.fd, `${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const image = await imageOf(spec.from);
const container = await image
  .withNetworkMode('host')
  .withAddedCapabilities(...CAPABILITIES)
  .withEnvironment(spec.environment)
  .withBindMounts(Object.entries(spec.mounts).map(([target, source]) => ({ source, target, mode: 'rw' })))
  .withCommand([...(spec.command ?? [])])
  .start();

const { dockerode } = (await getContainerRuntimeClient()).container;
const running = dockerode.getContainer(container.getId());
// It may have ended by itself: the engine then says that it is not running.
process.on('SIGTERM', () => void running.stop({ t: STOP_SECONDS }).catch(() => {}));
process.on(KILL_CONTAINER, () => void running.kill().catch(() => {}));
const log = await running.logs({ follow: true, stdout: true, stderr: true });
dockerode.modem.demuxStream(log, process.stdout, process.stderr);
// To the end of the log: the last words of a container come behind its end.
const [end] = await Promise.all([running.wait() as Promise<{ readonly StatusCode: number }>, finished(log)]);
// testcontainers keeps its connection to the engine.
process.exit(end.StatusCode);
