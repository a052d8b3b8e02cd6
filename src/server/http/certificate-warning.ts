const DAY_MS = 24 * 3600 * 1000;
const SOON_MS = 14 * DAY_MS;

/**
 * What an operator should know about the certificate's time, if anything. One that has expired is served all the same: some
 * firmware has no clock to see it by. Times are milliseconds since 1970.
 */
export function certificateWarning(
  { validFrom, validTo }: { readonly validFrom: number; readonly validTo: number },
  now: number,
): string | undefined {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const warn = (problem: string): string => `the certificate for HTTPS ${problem}`;
  if (now > validTo) return warn(`expired on ${day(validTo)}`);
  if (now < validFrom) return warn(`is not valid before ${day(validFrom)}`);
  return validTo - now < SOON_MS ? warn(`expires on ${day(validTo)}`) : undefined;
}
