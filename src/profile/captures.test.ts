import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCapture } from '../pcap/open-capture.ts';
import { hasTshark, NEEDS_TSHARK, tsharkFields } from '../pcap/testing/tshark.ts';
import { StoryBuilder } from '../story/story-builder.ts';
import { type Fact, flatten } from './profile.ts';
import { type ProvenProfile, profileOf } from './profile-of.ts';
import { WireHabits } from './wire-habits.ts';

const FOLDER = resolve(import.meta.dirname, '..', '..', 'captures');
const captures = globSync('{lab,printed,public}/*.{pcap,pcapng}', { cwd: FOLDER }).sort();

async function profilesOf(path: string): Promise<readonly ProvenProfile[]> {
  const builder = new StoryBuilder();
  const habits = new WireHabits();
  await using file = await openCapture(path);
  for await (const batch of file.batches()) {
    builder.add(batch);
    for (const frame of batch.frames) habits.add(frame);
  }
  builder.finish();
  return builder.stories().map((story) => profileOf(story, habits.of(story.client.id)));
}

const PAD = '0';
const END = '255';
const OVERLOAD = 52;
const numbers = (values: readonly string[]): readonly number[] => values.map(Number);
const first = ([value]: readonly string[]): string | undefined => value;

/** The second list where both hold the same, else the first. */
function sameElements(wanted: readonly number[], got: readonly number[]): readonly number[] {
  return String(wanted.toSorted()) === String(got.toSorted()) ? got : wanted;
}

/** What tshark says of a frame, by field. */
type Row = Readonly<Record<string, readonly string[]>>;
type Opinion = {
  /** The end of a fact's path. */
  readonly fact: RegExp;
  readonly fields: readonly string[];
  /** What the fact ought to be. Undefined where tshark says nothing of it. */
  readonly of: (row: Row, fact: Fact) => unknown;
};

const OPINIONS: readonly Opinion[] = [
  {
    fact: /\.dhcp\.(?!exchange)[^.]+\.options$/,
    fields: ['dhcp.option.type'],
    of: (row, fact) => {
      const codes = numbers((row['dhcp.option.type'] ?? []).filter((code) => code !== PAD && code !== END));
      // Where sname and file hold options, too, tshark tells them where it reads option 52.
      return codes.includes(OVERLOAD) ? sameElements(codes, fact as number[]) : codes;
    },
  },
  {
    fact: /\.dhcp\.[^.]+\.parameter-request-list$/,
    fields: ['dhcp.option.request_list_item'],
    of: (row) => numbers(row['dhcp.option.request_list_item'] ?? []),
  },
  {
    fact: /\.dhcp\.[^.]+\.vendor-class$/,
    fields: ['dhcp.option.vendor_class_id'],
    of: (row, fact) =>
      String(fact).includes('<') ? undefined : first(row['dhcp.option.vendor_class_id'] ?? []),
  },
  {
    fact: /\.dhcp\.[^.]+\.max-message-size$/,
    fields: ['dhcp.option.dhcp_max_message_size'],
    of: (row) => Number(first(row['dhcp.option.dhcp_max_message_size'] ?? [])),
  },
  {
    fact: /\.dhcp\.[^.]+\.broadcast$/,
    fields: ['dhcp.flags.bc'],
    of: (row) => /^(1|true)$/i.test(first(row['dhcp.flags.bc'] ?? []) ?? ''),
  },
  { fact: /\.dhcp\.[^.]+\.hops$/, fields: ['dhcp.hops'], of: (row) => Number(first(row['dhcp.hops'] ?? [])) },
  {
    fact: /\.dhcpv6\.[^.]+\.option-request$/,
    fields: ['dhcpv6.requested_option_code'],
    of: (row) => numbers(row['dhcpv6.requested_option_code'] ?? []),
  },
  {
    fact: /\.tftp\.[^.]+\.options$/,
    fields: ['tftp.option.name', 'tftp.option.value'],
    of: (row) =>
      (row['tftp.option.name'] ?? []).map((name, i) => {
        const value = row['tftp.option.value']?.[i];
        return name === 'tsize' && value !== '0' ? name : `${name}=${value}`;
      }),
  },
  { fact: /\.tftp\.[^.]+\.mode$/, fields: ['tftp.type'], of: (row) => first(row['tftp.type'] ?? []) },
  {
    fact: /\.http\.[^.]+\.headers$/,
    fields: ['http.request.line'],
    of: (row, fact) =>
      (row['http.request.line'] ?? []).map((line, i) => {
        const text = line.replace(/(\\r\\n|\r\n)$/, '');
        const told = (fact as string[])[i] ?? '';
        return told.includes(': ') ? text : text.replace(/:.*/, '');
      }),
  },
  {
    fact: /\.http\.[^.]+\.version$/,
    fields: ['http.request.version'],
    of: (row) => first(row['http.request.version'] ?? [])?.replace('HTTP/', ''),
  },
  {
    fact: /\.dns\.questions\.recursion$/,
    fields: ['dns.flags.recdesired'],
    of: (row) => /^(1|true)$/i.test(first(row['dns.flags.recdesired'] ?? []) ?? ''),
  },
  {
    fact: /\.tcp\.syn[^.]*\.window$/,
    fields: ['tcp.window_size_value'],
    of: (row) => Number(first(row['tcp.window_size_value'] ?? [])),
  },
  {
    fact: /\.iscsi\.login[^.]*\.keys$/,
    fields: ['iscsi.keyvalue'],
    of: (row) => (row['iscsi.keyvalue'] ?? []).map((pair) => pair.replace(/=.*/, '')),
  },
];
const FIELDS = OPINIONS.flatMap(({ fields }) => fields);
/** Stands in no value. */
const SEPARATOR = '\x01';

async function rowsOf(path: string): Promise<readonly Row[]> {
  const rows = await tsharkFields(path, FIELDS, ['-E', `aggregator=${SEPARATOR}`]);
  return rows.map((row) =>
    Object.fromEntries(
      FIELDS.map((field, i) => [field, row[i] === '' ? [] : (row[i] ?? '').split(SEPARATOR)]),
    ),
  );
}

describe.skipIf(!hasTshark)(`profiles, and what tshark says of the same frames ${NEEDS_TSHARK}`, () => {
  const agreed = new Map<Opinion, number>();

  describe.each(captures)('%s', (capture) => {
    let profiles: readonly ProvenProfile[];
    let rows: readonly Row[];
    beforeAll(async () => {
      const path = join(FOLDER, capture);
      [profiles, rows] = await Promise.all([profilesOf(path), rowsOf(path)]);
    });

    it('agree', () => {
      for (const { profile, frames } of profiles)
        for (const [path, fact] of flatten(profile))
          for (const opinion of OPINIONS.filter(({ fact: name }) => name.test(path))) {
            const frame = frames.get(path)?.[0] ?? 0;
            const row = rows[frame - 1];
            const wanted = row === undefined ? undefined : opinion.of(row, fact);
            if (wanted === undefined) continue;
            expect(fact, `${path}, frame ${frame}`).toEqual(wanted);
            agreed.set(opinion, (agreed.get(opinion) ?? 0) + 1);
          }
    });
  });

  it('agree on each of these facts in some capture', () => {
    expect(OPINIONS.filter((opinion) => !agreed.has(opinion)).map(({ fact }) => String(fact))).toEqual([]);
  });
});
