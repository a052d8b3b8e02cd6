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
  /**
   * What was captured: may be shorter than the frame was, see originalLength. A view, not a copy: it stays
   * valid for as long as somebody holds it, and as long keeps the whole chunk it came in (256 KiB of a file);
   * `bytes.slice()` what is kept for long.
   */
  readonly bytes: Uint8Array;
  /** Octets the frame had on the wire. Larger than bytes.length where a snap length cut it. */
  readonly originalLength: number;
  /** pcapng opt_comment, in the file's order; absent where the file has none for this frame. */
  readonly comments?: readonly string[];
  /** pcapng epb_flags, bits 0 and 1: seen from the interface. Absent where the file does not say. */
  readonly direction?: 'inbound' | 'outbound';
};
