/** Time and waiting for it come together: whoever takes a clock also sleeps with it. */
export type Clock = {
  /** Milliseconds from a start of its own; never goes back. */
  readonly now: () => number;
  /** Runs once, later. Disposing of it cancels. Does not keep the process alive. */
  readonly after: (ms: number, run: () => void) => Disposable;
};

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
