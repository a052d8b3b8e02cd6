import { existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { COMPILE_CACHE } from '../../lab/compile-cache.ts';
import type { LabProcess } from '../../lab/lab-process.ts';
import type { Lab } from '../../lab/start-lab.ts';
import type { ContainerEntry } from '../server-file.ts';
import type { ContainerSpec } from './container-spec.ts';
import { ENGINE_FOLDER, ENGINE_SOCKET } from './engine.ts';
import { saveImage } from './machine-image.ts';

/** Source where we are source, and compiled where we are compiled. */
const KEEPER = join(import.meta.dirname, `keeper${extname(import.meta.filename)}`);

/**
 * Starts a container on a host whose engine runs. The process is its keeper: it prints and ends as the container does.
 * `staged` is the server's folder inside the lab. Throws SutError SUT_NO_IMAGE, LabError.
 */
export async function startContainer(
  entry: ContainerEntry,
  { lab, host, staged }: { readonly lab: Lab; readonly host: string; readonly staged: string },
): Promise<LabProcess> {
  const what = 'image' in entry ? entry.image : entry.build;
  const spec: ContainerSpec = {
    from: 'image' in entry ? await fromMachine(entry.image, lab) : { build: inside(staged, entry.build) },
    command: entry.run,
    environment: entry.environment ?? {},
    mounts: {
      [staged]: staged,
      ...Object.fromEntries(
        Object.entries(entry.mounts ?? {}).map(([place, file]) => [place, inside(staged, file)]),
      ),
    },
  };
  const keeper = await lab.spawn([process.execPath, '--no-warnings', KEEPER, JSON.stringify(spec)], {
    ...{
      host,
      cwd: staged,
      label: `${host}: container ${[what, ...(entry.run?.slice(0, 1) ?? [])].join(' ')}`,
    },
    env: {
      DOCKER_HOST: `unix://${ENGINE_SOCKET}`,
      // Its watcher is one more image, and the lab's end ends all.
      TESTCONTAINERS_RYUK_DISABLED: 'true',
      // Where the bench itself runs in a container testcontainers would look for the engine's bridge, then pull an image to ask.
      TESTCONTAINERS_HOST_OVERRIDE: 'localhost',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
    },
  });
  // What somebody would try by hand is not the keeper.
  return { ...keeper, argv: ['docker', 'run', '--network=host', what, ...(entry.run ?? [])] };
}

/** Once for each lab, however many processes are of this image. */
async function fromMachine(image: string, lab: Lab): Promise<ContainerSpec['from']> {
  const archive = `${ENGINE_FOLDER}/${encodeURIComponent(image)}.tar`;
  if (!existsSync(lab.pathOf(archive))) await saveImage(image, lab.pathOf(archive));
  return { image, archive };
}

/** A path of server.yaml stays below the staged folder. */
function inside(staged: string, path: string): string {
  return join(staged, normalize(join('/', path)));
}
