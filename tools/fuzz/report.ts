/** What a fuzzing process says, a JSON object a line. */
export type Report =
  | { readonly kind: 'progress'; readonly inputs: number; readonly corpus: number }
  /** `input`: in hex, if it was octets that did it. */
  | { readonly kind: 'finding'; readonly input?: string; readonly error: string }
  | {
      readonly kind: 'end';
      readonly inputs: number;
      readonly corpus: number;
      readonly seconds: number;
      /** Octets by which the subject grew after it had settled. */
      readonly memory: number;
    };
