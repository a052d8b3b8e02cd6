/** One frame as a capture file (or a live capture) holds it. Nothing decoded, nothing judged. */
export type Frame = {
  /** Counted from 1 over the whole file, as Wireshark numbers them: what verdicts and reports cite. */
  readonly number: number;
  /** Nanoseconds since 1970-01-01 UTC, whatever the file's resolution was. */
  readonly timeNs: bigint;
  /** Which interface of the capture saw it, counted from 0 in the order the file describes them. */
  readonly interfaceId: number;
  /** LINKTYPE_ value of that interface (1 is Ethernet), see pcap/link-type.ts. */
  readonly linkType: number;
  /** What was captured: may be shorter than the frame was, see originalLength. A view, not a copy. */
  readonly bytes: Uint8Array;
  /** Octets the frame had on the wire. Larger than bytes.length where a snap length cut it. */
  readonly originalLength: number;
  /** pcapng opt_comment, where the file has one for this frame. */
  readonly comment?: string;
};
