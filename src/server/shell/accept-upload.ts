import { TFTP_ERROR } from '../../wire/tftp.ts';
import { accessViolation, fileNotFound, TftpRefusal } from './tftp-refusal.ts';
import type { Upload, UploadFolder } from './upload-folder.ts';

export type UploadSettings = {
  readonly folder: UploadFolder;
  readonly maxOctets: number;
  readonly overwrite: boolean;
};

/** `announced`: the size that the client has said, octets. Throws TftpRefusal. */
export async function acceptUpload(
  settings: UploadSettings | undefined,
  segments: readonly string[],
  announced: number | undefined,
): Promise<{ readonly upload: Upload; readonly maxOctets: number }> {
  if (settings === undefined) throw accessViolation('this server is read only');
  const { folder, maxOctets, overwrite } = settings;
  if (announced !== undefined && announced > maxOctets) {
    const because = `wanted at most ${maxOctets} octets, got ${announced}`;
    throw new TftpRefusal(TFTP_ERROR.diskFull, 'file too large', because);
  }
  const result = await folder.receive(segments, overwrite);
  switch (result.kind) {
    case 'upload':
      return { upload: result.upload, maxOctets };
    case 'exists':
      throw new TftpRefusal(TFTP_ERROR.fileAlreadyExists, 'file already exists');
    case 'missing':
      throw fileNotFound('no such folder');
    case 'denied':
      throw accessViolation();
    default:
      return result satisfies never;
  }
}
