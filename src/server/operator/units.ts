const UNITS = ['octets', 'kB', 'MB', 'GB', 'TB'] as const;

/** `70.9 kB`, in powers of 1000. */
export function octetsText(octets: number): string {
  let [value, unit] = [octets, 0];
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `0.31 s`. */
export const secondsText = (seconds: number): string => `${seconds.toFixed(seconds < 10 ? 2 : 0)} s`;
