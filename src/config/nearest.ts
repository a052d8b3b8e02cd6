import { distance } from 'fastest-levenshtein';

/** The name that was probably meant: at most two letters or a third of it mistyped. Undefined where nothing is near. */
function nearest(name: string, valid: readonly string[]): string | undefined {
  let best: { readonly candidate: string; readonly errors: number } | undefined;
  for (const candidate of valid) {
    const errors = distance(name.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || errors < best.errors) best = { candidate, errors };
  }
  return best !== undefined && best.errors <= Math.max(2, best.candidate.length / 3)
    ? best.candidate
    : undefined;
}

/** A shorter piece of a name stands in too many of them. */
const SHORTEST_PIECE = 3;

/** `did you mean "bios-ipxe"?`, also for a piece of its name; or the list of what there is. */
export function didYouMean(name: string, valid: readonly string[]): string {
  const meant = nearest(name, valid);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  const piece = name.toLowerCase();
  const longer =
    piece.length < SHORTEST_PIECE ? [] : valid.filter((candidate) => candidate.toLowerCase().includes(piece));
  if (longer.length > 0) return `did you mean ${longer.map((candidate) => `"${candidate}"`).join(' or ')}?`;
  return `there is: ${valid.join(', ') || '(nothing)'}`;
}
