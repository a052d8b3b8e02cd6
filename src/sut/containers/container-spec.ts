/** What the keeper is told, as JSON in its one argument. */
export type ContainerSpec = {
  /** An image by name, with the file that holds it (as `docker save` writes it); or the folder of a Dockerfile to make one of. */
  readonly from: { readonly image: string; readonly archive: string } | { readonly build: string };
  /** In place of the image's own command. */
  readonly command?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Folders and files of the lab, by the absolute path that the container sees them under. */
  readonly mounts: Readonly<Record<string, string>>;
};

/** Ends the container as SIGKILL does a process. Its keeper ends when the container has. */
export const KILL_CONTAINER = 'SIGUSR2';
