import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { loadYamlFile, parseYaml } from './yaml-file.ts';

const schema = z.strictObject({
  title: z.string().min(1),
  size: z.number().positive().optional(),
  client: z.strictObject({ firmware: z.enum(['bios-ipxe', 'uefi-x64']) }).optional(),
  steps: z
    .array(
      z.union([
        z.strictObject({ dhcp: z.enum(['offer', 'ack']), file: z.string().optional() }),
        z.strictObject({ http: z.string(), status: z.number().optional() }),
      ]),
    )
    .optional(),
});

function errorOf(text: string): ConfigError {
  try {
    parseYaml('x.yaml', text, schema);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('parseYaml', () => {
  it('gives the value of a file that fits its schema', () => {
    expect(parseYaml('x.yaml', 'title: a\nsteps:\n  - { dhcp: offer }\n', schema).value).toEqual({
      title: 'a',
      steps: [{ dhcp: 'offer' }],
    });
  });

  it.each([
    {
      name: 'an unknown key',
      text: 'title: a\nsise: 3',
      line: 2,
      field: 'sise',
      says: 'unknown key "sise"',
      hint: 'did you mean "size"?',
    },
    { name: 'a missing key', text: 'size: 3', line: 1, field: 'title', says: 'missing; wanted a text' },
    {
      name: 'a wrong type',
      text: 'title: a\nsize: many',
      line: 2,
      field: 'size',
      says: 'wanted a number, got "many"',
    },
    {
      name: 'a mistyped name deep inside',
      text: 'title: a\nclient:\n  firmware: bios-ipx',
      line: 3,
      field: 'client.firmware',
      says: 'got "bios-ipx"',
      hint: 'did you mean "bios-ipxe"?',
    },
    {
      name: 'a mistyped step',
      text: 'title: a\nsteps:\n  - { dhpc: offer }',
      line: 3,
      field: 'steps[0].dhpc',
      says: 'wanted one of dhcp, http',
      hint: 'did you mean "dhcp"?',
    },
    {
      name: 'a mistyped value in the meant step',
      text: 'title: a\nsteps:\n  - dhcp: ack\n  - dhcp: offr\n    file: 3',
      line: 4,
      field: 'steps[1].dhcp',
      says: 'wanted one of offer, ack',
      hint: 'did you mean "offer"?',
    },
    {
      name: 'an unknown key in the meant step',
      text: 'title: a\nsteps:\n  - { http: x, statu: 200 }',
      line: 3,
      field: 'steps[0].statu',
      says: 'unknown key',
      hint: 'did you mean "status"?',
    },
    {
      name: 'a step that is no step',
      text: 'title: a\nsteps:\n  - 7',
      line: 3,
      field: 'steps[0]',
      says: 'wanted a mapping with one of dhcp, http; got 7',
    },
    {
      name: 'a text in place of a list',
      text: 'title: a\nsteps: x',
      line: 2,
      field: 'steps',
      says: 'wanted a list',
    },
    {
      name: 'a number too small',
      text: 'title: a\nsize: 0',
      line: 2,
      field: 'size',
      says: 'wanted a number above 0; got 0',
    },
    {
      name: 'an empty text',
      text: 'title: ""',
      line: 1,
      field: 'title',
      says: 'wanted a text that is not empty; got ""',
    },
    {
      name: 'a list in place of a mapping',
      text: '- a',
      line: 1,
      field: '',
      says: 'wanted a mapping (key: value), got ["a"]',
    },
  ])('names line, field and remedy for $name', ({ text, line, field, says, hint }) => {
    const error = errorOf(text);
    expect(error.code).toBe('CONFIG_SCHEMA');
    const problem = error.problems.find((candidate) => candidate.field === field);
    expect(problem).toMatchObject({ line, ...(hint === undefined ? {} : { hint }) });
    expect(problem?.message).toContain(says);
  });

  it('reports every problem at once', () => {
    expect(errorOf('title: 3\nsize: x').problems).toHaveLength(2);
  });

  it('says at which line a file stops being YAML', () => {
    const error = errorOf('title: a\nsteps: [1\nsize: 2\n');
    expect(error.code).toBe('CONFIG_SYNTAX');
    expect(error.problems).toMatchObject([{ line: 3, message: expect.stringContaining('not YAML: ') }]);
  });

  it('names a key that stands twice', () => {
    expect(errorOf('title: a\nsize: 3\n"title": b\n').message).toBe(
      'x.yaml:3:1: the key "title" stands twice',
    );
  });
});

describe('loadYamlFile', () => {
  it('names a file that is not there', async () => {
    await expect(loadYamlFile('no/such.yaml', schema)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: 'no/such.yaml: no such file',
    });
  });

  it('refuses what is no text, without showing it', async () => {
    await expect(loadYamlFile('captures/lab/s390x-ccw.pcap', schema)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringMatching(/s390x-ccw\.pcap: wanted a YAML file, got something that is no text$/),
    });
  });
});
