import type { Difference } from './difference.ts';
import type { TftpGiven } from './tftp-step.ts';

/** Compares what two servers gave for the same read. */
export function compareTftp(recorded: TftpGiven, got: TftpGiven): readonly Difference[] {
  const found: Difference[] = [];
  const differ = (field: string, before: string | undefined, now: string | undefined): void => {
    if (before !== now) found.push({ field, recorded: before, got: now });
  };
  differ('ERROR', errorText(recorded), errorText(got));
  const options = (given: TftpGiven): ReadonlyMap<string, string> =>
    new Map(given.oack?.map(({ name, value }) => [name.toLowerCase(), value]));
  const [before, now] = [options(recorded), options(got)];
  for (const name of new Set([...before.keys(), ...now.keys()])) {
    differ(`OACK ${name}`, before.get(name), now.get(name));
  }
  differ('octets', String(recorded.octets), String(got.octets));
  // Of a file that the recording does not hold whole there is nothing to compare octet by octet.
  if (recorded.sha256 !== undefined) differ('SHA-256', recorded.sha256, got.sha256);
  return found;
}

const errorText = ({ error }: TftpGiven): string | undefined =>
  error === undefined ? undefined : `code ${error.code}`;
