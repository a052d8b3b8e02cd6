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
  /** In place of the seeds of all link plans. */
  readonly linkSeed: number | undefined;
  /** What guests run under: probed once for all workers. */
  readonly accelerator: 'kvm' | 'tcg';
  /** PATH of the user. */
  readonly path: string;
  /** Boots that this machine lacks something for, by bootKey: they are skipped, with the reason. */
  readonly unrunnable: Readonly<Record<string, { readonly message: string; readonly hint: string }>>;
};

/** Names one boot of a run: a scenario against one server. */
export function bootKey(scenarioId: string, serverId: string): string {
  return `${scenarioId} ${serverId}`;
}

declare module 'vitest' {
  interface ProvidedContext {
    pxebench: RunSettings;
  }
  interface TaskMeta {
    pxebench?: import('../report/result.ts').ScenarioResult;
  }
}
