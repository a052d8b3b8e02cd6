/** What a run tells its test workers: plain data, it crosses a process boundary. */
export type RunSettings = {
  /** Absolute folders. */
  readonly scenariosFolder: string;
  readonly serversFolder: string;
  readonly firmwareFolder: string;
  /** Where captures, consoles and screenshots are kept. */
  readonly reportFolder: string;
  /** Servers asked for on the command line, ids or folders; each scenario's own where empty. */
  readonly servers: readonly string[];
  /** Firmware to use in place of the scenarios' own. */
  readonly firmware: string | undefined;
  /** PATH of the user. */
  readonly path: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    pxebench: RunSettings;
  }
  interface TaskMeta {
    pxebench?: import('../report/result.ts').ScenarioResult;
  }
}
