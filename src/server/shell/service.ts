/** One protocol's sockets, open. Disposing of it closes them. */
export interface Service<Settings> extends AsyncDisposable {
  /** The port that was really bound. */
  readonly port: number;
  /** From the next request on these hold; what is under way is finished as it began. */
  readonly configure: (settings: Settings) => void;
}
