/** MurmurHash3's last step: every bit of the input changes half of the output's. */
function mixed(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * A number from 0 up to, not including, 1 for a place in a plan: the same each time for the same seed and place. It depends on
 * no draw before it: what happens to the 7th frame of a rule is the same, whatever other rules and frames there were.
 */
export function seededChance(seed: number, ...place: readonly number[]): number {
  let h = mixed(seed + 0x9e3779b9);
  for (const part of place) h = mixed(h ^ Math.imul(part + 1, 0x9e3779b1));
  return (h >>> 0) / 0x1_0000_0000;
}
