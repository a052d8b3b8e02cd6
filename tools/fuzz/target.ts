/** Something that takes octets from the network. */
export type FuzzTarget = {
  readonly name: string;
  readonly about: string;
  /** Good messages, of which bad ones are made. */
  readonly seeds: () => Promise<readonly Uint8Array[]>;
  /**
   * A fresh subject. What it returns takes octets and says what came of them, in words without numbers of its own:
   * octets that lead to something new are kept, and more are made of them. What it throws is a finding.
   */
  readonly open: () => Promise<(bytes: Uint8Array) => string>;
};
