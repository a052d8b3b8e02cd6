import type { Firmware } from './firmware.ts';

/**
 * Types what a person in a hurry would: iPXE shows "Press Ctrl-B ..." for two seconds each time it starts, and any other
 * key ends the wait. What the machine sends afterwards is the same, only sooner.
 */
export class Typist {
  readonly #keys: NonNullable<Firmware['keys']>;
  readonly #type: (text: string) => void;
  /** The prompt that was answered and still stands there. */
  #answered: string | undefined;

  constructor(keys: NonNullable<Firmware['keys']>, type: (text: string) => void) {
    this.#keys = keys;
    this.#type = type;
  }

  /** To be called with the console's open line whenever it may have changed. */
  look(line: string): void {
    const key = this.#keys.find(({ prompt }) => line.includes(prompt));
    if (key !== undefined && key.prompt !== this.#answered) this.#type(key.send);
    this.#answered = key?.prompt;
  }
}
