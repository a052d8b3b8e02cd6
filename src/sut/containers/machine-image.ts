import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import Dockerode from 'dockerode';
import { SutError } from '../sut-error.ts';

/**
 * Writes an image of the machine's container engine to a file, as `docker save` does. The engine is the one that DOCKER_HOST names, else
 * the one at /var/run/docker.sock. Throws SutError SUT_NO_IMAGE: no engine answers, or it does not have the image.
 */
export async function saveImage(image: string, file: string): Promise<void> {
  const engine = new Dockerode();
  try {
    await engine.ping();
  } catch (cause) {
    const message = `image ${image}: no container engine answers on this machine (${reason(cause)})`;
    const hint = 'start it, or say in DOCKER_HOST where it is (unix:///run/user/1000/docker.sock)';
    throw new SutError('SUT_NO_IMAGE', message, hint, cause);
  }
  // Whole or not there.
  const partial = `${file}.partial`;
  try {
    const found = engine.getImage(image);
    // Asked for what it does not have as a stream, dockerode does not say so.
    await found.inspect();
    await pipeline(await found.get(), createWriteStream(partial));
  } catch (cause) {
    const hint = `docker pull ${image}, or docker load`;
    throw new SutError('SUT_NO_IMAGE', `image ${image}: ${reason(cause)}`, hint, cause);
  }
  await rename(partial, file);
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // Of the engine's answer only its own words: "(HTTP code 404) no such image - reference does not exist"
  return cause.message.replace(/^\(HTTP code \d+\) /, '').trim();
}
