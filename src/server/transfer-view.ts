/** A file on its way to a client, as a service sees it at this moment. */
export type TransferView = {
  /** Address and port. */
  readonly client: string;
  readonly file: string;
  /** That have arrived, or at least left. */
  readonly octets: number;
  /** Undefined where it is not known before the end. */
  readonly size: number | undefined;
  /** Since it was asked for. */
  readonly seconds: number;
};
