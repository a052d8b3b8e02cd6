/** `512 B`, `1.4 kB`, `41.3 MB`: powers of ten. */
export function octets(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

/** `1,234,567`. By hand: to load the rules of all languages takes longer than to explain a small capture. */
export function thousands(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 frame`, `1,234 frames`. */
export function counted(count: number | bigint, what: string, many = `${what}s`): string {
  return `${thousands(count)} ${Number(count) === 1 ? what : many}`;
}
