import {
  type Loader,
  type Lookup,
  type LookupSequence,
  lookupNames,
  type LookupStep as Name,
} from '../story/lookups.ts';
import { parseIpv4 } from '../wire/address.ts';
import type { Mismatch } from './compare.ts';
import type { Step } from './schema.ts';
import type { Variables } from './variables.ts';

type LookupStep = Extract<Step, { 'pxelinux-lookup': unknown } | { 'grub-lookup': unknown }>;

/** Whose search a step is about; undefined: it is about something else. */
export function loaderOf(step: Step): Loader | undefined {
  if ('pxelinux-lookup' in step) return 'pxelinux';
  return 'grub-lookup' in step ? 'grub' : undefined;
}

/** Holds one search of a boot loader against the names that this very client must ask for. `at` is the first lookup that differs. */
export function compareLookup(
  step: LookupStep,
  sequence: LookupSequence,
  variables: Variables,
): { readonly mismatches: readonly Mismatch[]; readonly at: Lookup | undefined } {
  const client = {
    uuidOnWire: variables.get('client.uuid-on-wire'),
    mac: variables.get('client.mac'),
    ip: parseIpv4(variables.get('client.ip') ?? ''),
  };
  const names = lookupNames(client, loaderOf(step));
  const mismatches: Mismatch[] = [];
  const steps = 'grub-lookup' in step ? step['grub-lookup'] : step['pxelinux-lookup'];
  const wanted = steps.map((name) => names.get(name) ?? `(${name}: not known of this client)`);
  const got = sequence.lookups.map(({ name }) => name);
  const differs = Array.from({ length: Math.max(wanted.length, got.length) }, (_, i) => i).find(
    (i) => wanted[i] !== got[i],
  );
  if (differs !== undefined) {
    mismatches.push({
      field: `lookup ${differs + 1}`,
      wanted: wanted[differs] ?? `nothing after ${wanted.at(-1)}`,
      got:
        got[differs] ?? (sequence.closed ? `nothing after ${got.at(-1)}` : `nothing yet after ${got.at(-1)}`),
    });
  } else if (!sequence.closed) {
    mismatches.push({ field: 'lookup', wanted: 'an answer to the last name', got: 'none yet' });
  }
  if (step.by !== undefined && step.by !== sequence.by)
    mismatches.push({ field: 'by', wanted: step.by, got: sequence.by });
  if (step.found !== undefined) {
    const found = sequence.lookups.find((lookup) => lookup.found)?.name;
    const wantedName = step.found === 'nothing' ? undefined : names.get(step.found as Name);
    if (found !== wantedName) {
      mismatches.push({ field: 'found', wanted: wantedName ?? 'nothing', got: found ?? 'nothing' });
    }
  }
  return {
    mismatches,
    at: differs === undefined ? undefined : sequence.lookups[Math.min(differs, sequence.lookups.length - 1)],
  };
}
