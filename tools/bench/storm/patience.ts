/** A client that gave up: what it waited for, how often it asked. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';
}

/** PXE 2.1 §2.2.2, Figure 2-2: a DISCOVER is repeated after 4, 8, 16 and 32 s. */
export const DHCP_TIMEOUTS_MS: readonly number[] = [4_000, 8_000, 16_000, 32_000];
/** EDK2: six times, four seconds apart. */
export const TFTP_TIMEOUTS_MS: readonly number[] = [4_000, 4_000, 4_000, 4_000, 4_000, 4_000];

export type Awaited<T> = { readonly value: T; readonly retries: number };

/** Asks, and asks again each time nothing came in time. Throws GaveUp after the last time. */
export async function askPatiently<T>(
  what: string,
  timeouts: readonly number[],
  ask: (attempt: number) => void,
  answer: () => Promise<T>,
): Promise<Awaited<T>> {
  const heard = answer();
  for (const [retries, timeout] of timeouts.entries()) {
    ask(retries);
    const silence = Promise.withResolvers<undefined>();
    const timer = setTimeout(silence.resolve, timeout, undefined);
    const value = await Promise.race([heard, silence.promise]);
    clearTimeout(timer);
    if (value !== undefined) return { value, retries };
  }
  throw new GaveUp(`${what}: asked ${timeouts.length} times, no answer`);
}
