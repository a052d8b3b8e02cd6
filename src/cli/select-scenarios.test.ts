import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { selectScenarios } from './select-scenarios.ts';

const folder = await mkdtemp(join(tmpdir(), 'pxebench-select-'));
const scenarios = join(folder, 'scenarios');
afterAll(() => rm(folder, { recursive: true, force: true }));

const KNOWN = { servers: ['seed'], firmware: ['bios-ipxe'] };
const TEXT = `title: x
servers: [seed]
client: { firmware: bios-ipxe, mac: "00:12:34:56:78:90" }
expect: [{ dhcp: offer }]
`;
await mkdir(join(scenarios, 'seed'), { recursive: true });
await mkdir(join(scenarios, 'faults'));
for (const file of ['seed/one', 'seed/two', 'faults/three'])
  await writeFile(join(scenarios, `${file}.yaml`), TEXT);
await writeFile(join(folder, 'mine.yaml'), TEXT);

await mkdir(join(folder, 'own', 'deep'), { recursive: true });
await mkdir(join(folder, 'empty'));
await writeFile(join(folder, 'own', 'deep', 'four.yaml'), TEXT);
await writeFile(join(folder, 'own', 'five.yaml'), TEXT);
await writeFile(join(folder, 'notes.txt'), TEXT);

async function selected(...words: readonly string[]): Promise<readonly string[]> {
  return (await selectScenarios(words, scenarios, KNOWN)).map(({ id }) => id);
}

describe('selectScenarios', () => {
  it.each([
    { name: 'all without words', words: [], ids: ['faults/three', 'seed/one', 'seed/two'] },
    { name: 'one by id', words: ['seed/two'], ids: ['seed/two'] },
    { name: 'a folder', words: ['seed'], ids: ['seed/one', 'seed/two'] },
    { name: 'a folder as the shell completes it', words: ['scenarios/seed/'], ids: ['seed/one', 'seed/two'] },
    { name: 'a pattern', words: ['*/t*'], ids: ['faults/three', 'seed/two'] },
    {
      name: 'each once, however often it is meant',
      words: ['seed/one', 'seed', 'seed/*'],
      ids: ['seed/one', 'seed/two'],
    },
    { name: 'a file elsewhere', words: [join(folder, 'mine.yaml')], ids: ['mine'] },
    { name: 'a folder elsewhere', words: [join(folder, 'own')], ids: ['four', 'five'] },
  ])('chooses $name', async ({ words, ids }) => {
    expect(await selected(...words)).toEqual(ids);
  });

  it.each([
    { name: 'the nearest', word: 'seed/tow', hint: 'did you mean "seed/two"?' },
    { name: 'those that hold the word', word: 'ree', hint: 'did you mean "faults/three"?' },
    { name: 'a file that is no YAML', word: join(folder, 'notes.txt'), hint: /ends in \.yaml/ },
    { name: 'a folder without any', word: join(folder, 'empty'), hint: /a folder with \.yaml files/ },
  ])('names $name where there is none', async ({ word, hint }) => {
    await expect(selected(word)).rejects.toMatchObject({
      name: 'UsageError',
      hint: expect.stringMatching(hint),
    });
  });

  it('says where a path leads that leads nowhere', async () => {
    await expect(selected('./one.yaml')).rejects.toThrow(/no such file or folder \(\/.*\/one\.yaml\)/);
  });

  it('tells what is wrong with every file that cannot be used', async () => {
    await writeFile(join(scenarios, 'seed', 'wrong.yaml'), 'title: 3\n');
    await writeFile(join(scenarios, 'faults', 'wrong.yaml'), 'titel: x\n');
    await expect(selected()).rejects.toThrow(/faults\/wrong\.yaml:1:1[\s\S]*seed\/wrong\.yaml:1:1/);
  });
});
