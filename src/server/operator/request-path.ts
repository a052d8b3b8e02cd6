/** `GET http://10.0.0.1/a?b`: method, target, and the path without query. */
export function pathOf(request: string): {
  readonly method: string;
  readonly target: string;
  readonly path: string;
} {
  const space = request.indexOf(' ');
  const method = request.slice(0, Math.max(0, space));
  const target = request.slice(space + 1);
  const local = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  return { method, target, path: local.replace(/[?#].*$/s, '').replace(/^\/{2,}/, '/') };
}

export const boot2Path = (boot2: string | undefined): string | undefined =>
  boot2 === undefined ? undefined : pathOf(`GET ${boot2}`).path;

/** `01-00-12-34-56-78-90` of a file that pxelinux looks for (doc/pxelinux.txt); undefined for any other. */
export function lookupName(path: string): string | undefined {
  return /(?:^|\/)pxelinux\.cfg\/([^/]+)$/.exec(path)?.[1];
}
