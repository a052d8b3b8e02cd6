import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type PageFile = { readonly contentType: string; readonly body: Buffer };

const FOLDER = join(import.meta.dirname, '..', 'operator', 'page');
const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
} as const;

/** The page's files by path, read once: nothing a request says leads to the file system. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  return new Map(
    Object.entries(FILES).map(([path, [name, contentType]]) => [
      path,
      { contentType, body: readFileSync(join(FOLDER, name)) },
    ]),
  );
}
