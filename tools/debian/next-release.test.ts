import { describe, expect, it } from 'vitest';
import { archiveOf, releaseAfter } from './next-release.ts';

const BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
// As apt 2.6 prints it for the format that is asked for, with a third party's source among them.
const TARGETS = `stable|main|https://packages.example.com/apt/
bookworm-updates|main|http://archive.example.org/debian/
bookworm|contrib|http://mirror.example.com/debian/
bookworm|main|http://archive.example.org/debian/
`;

describe('releaseAfter', () => {
  it("is the one that follows the machine's own", () => {
    expect(releaseAfter(BOOKWORM)).toEqual({ current: 'bookworm', next: 'trixie' });
    expect(releaseAfter(BOOKWORM.replaceAll('bookworm', 'trixie'))).toMatchObject({ next: 'forky' });
  });

  it.each([
    { name: 'another distribution', text: 'VERSION_CODENAME=noble\nID=ubuntu\n', got: 'noble' },
    { name: 'unstable, which has no name', text: 'ID=debian\n', got: 'nothing' },
    { name: 'the last one that is known', text: 'VERSION_CODENAME=duke\n', got: 'duke' },
  ])('says what it got for $name', ({ text, got }) => {
    expect(() => releaseAfter(text)).toThrow(
      expect.objectContaining({ code: 'SETUP_UNREADABLE', message: expect.stringContaining(`got ${got}`) }),
    );
  });
});

describe('archiveOf', () => {
  it("is where the machine's own main comes from, and nobody else's", () => {
    expect(archiveOf(TARGETS, 'bookworm')).toBe('http://archive.example.org/debian/');
  });

  it('says which source is missing', () => {
    expect(() => archiveOf(TARGETS, 'trixie')).toThrow(
      expect.objectContaining({ code: 'SETUP_APT', message: expect.stringContaining('Debian trixie') }),
    );
    expect(() => archiveOf('', 'bookworm')).toThrow(expect.objectContaining({ code: 'SETUP_APT' }));
  });
});
