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

/** `did you mean "bios-ipxe"?`, or the list of what there is. */
export function didYouMean(name: string, valid: readonly string[]): string {
  const meant = nearest(name, valid);
  return meant === undefined ? `there is: ${valid.join(', ') || '(nothing)'}` : `did you mean "${meant}"?`;
}
