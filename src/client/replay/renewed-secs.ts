/** As far as whole seconds may be off. */
const TOLERANCE_NS = 1_500_000_000n;
const MOST = 0xffff;

/**
 * Seconds since the client began (RFC 2131 §2), counted anew. A client that counts does so from one moment: recorded
 * values that say the same moment are one boot, and go on from the first of it. Other values stay as they are.
 */
export class RenewedSecs {
  #recordedStartNs: bigint | undefined;
  #start = 0;

  /** `recorded` at `timeNs`; `now` in milliseconds. */
  secs(recorded: number, timeNs: bigint, now: number): number {
    const startNs = timeNs - BigInt(recorded) * 1_000_000_000n;
    const apart = this.#recordedStartNs === undefined ? undefined : startNs - this.#recordedStartNs;
    if (apart === undefined || apart > TOLERANCE_NS || apart < -TOLERANCE_NS) {
      this.#recordedStartNs = startNs;
      this.#start = now - recorded * 1_000;
    }
    return Math.min(MOST, Math.floor((now - this.#start) / 1_000));
  }
}
