import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { readCaptureBatches } from '../pcap/read-capture.ts';
import type { Story } from '../story/event.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import type { MacAddress } from '../wire/address.ts';

export type StoryListener = {
  /** Frames came, or a console line: called for each, also for those that change no story (blocks of a long transfer). */
  readonly heard: () => void;
  /** Some story changed. Never called during a change. */
  readonly changed: () => void;
};

/**
 * The story of a running lab: what the capture streams is written to a file and read at once, by the same reader that
 * reads capture files. So a live run and `explain` of its capture see the same frames.
 */
export class LiveStory {
  readonly #builder = new StoryBuilder();
  readonly #mac: MacAddress;
  readonly #listener: StoryListener;
  #read: Promise<void> = Promise.resolve();

  constructor(mac: MacAddress, listener: StoryListener) {
    this.#mac = mac;
    this.#listener = listener;
  }

  /** Begins to read. The promise of `done()` settles when the stream has ended and the file is written. */
  follow(stream: Readable, file: string): void {
    const copy = createWriteStream(file);
    this.#read = this.#follow(stream, copy).then(() => finished(copy));
  }

  async #follow(stream: Readable, copy: NodeJS.WritableStream): Promise<void> {
    const tee = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        copy.write(chunk);
        yield chunk;
      }
    };
    let told = this.#builder.revision;
    for await (const batch of readCaptureBatches(tee())) {
      this.#builder.add(batch);
      if (batch.frames.length > 0) this.#listener.heard();
      if (this.#builder.revision === told) continue;
      told = this.#builder.revision;
      this.#listener.changed();
    }
    copy.end();
  }

  /** `mac` where the lab has more than one machine. */
  console(text: string, timeNs: bigint, mac = this.#mac): void {
    this.#listener.heard();
    this.#builder.addConsole(mac, text, timeNs);
    this.#listener.changed();
  }

  machine(what: 'power-on' | 'reset' | 'shutdown' | 'panic', timeNs: bigint, mac = this.#mac): void {
    this.#builder.addMachine(mac, what, timeNs);
    this.#listener.changed();
  }

  /** The client's story so far. Empty, but never undefined, while it has not been heard. */
  get story(): Story {
    return this.#builder.storyOf(this.#mac);
  }

  /** The same of another machine of the lab. */
  storyOf(mac: MacAddress): Story {
    return this.#builder.storyOf(mac);
  }

  /** Waits for the end of the capture and closes what is still open in the story. */
  async done(): Promise<Story> {
    await this.#read;
    this.#builder.finish();
    return this.story;
  }
}
