import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const patchFile = new URL('../../../infra/install/patches/kafkajs-2.2.4.json', import.meta.url);

/** The installed kafkajs is not the patched one. Run `node infra/install/install.mjs`. */
export class UnpatchedKafkaJsError extends Error {
  readonly code = 'KAFKAJS_UNPATCHED';

  constructor(detail: string) {
    super(
      `${detail}. Without the project's patch it burns CPU when idle and never learns moved leaders. ` +
        'Run "node infra/install/install.mjs" in the root of the repository.',
    );
    this.name = 'UnpatchedKafkaJsError';
  }
}

interface PatchedFile {
  readonly file: string;
  readonly afterSha256: string;
}

let checkedFolder: string | undefined;

/**
 * Compares the kafkajs that this package loads with what the project's patch leaves behind. Checked once per
 * process, when the first client is made.
 *
 * @throws UnpatchedKafkaJsError naming the first file that differs
 */
export function requirePatchedKafkaJs(): void {
  const folder = dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'));
  if (folder === checkedFolder) return;
  checkFolder(folder, readPatchedFiles(readFileSync(patchFile, 'utf8')));
  checkedFolder = folder;
}

/** @throws UnpatchedKafkaJsError when a file below `folder` is missing or has another content */
export function checkFolder(folder: string, files: readonly PatchedFile[]): void {
  for (const { file, afterSha256 } of files) {
    if (sha256Of(join(folder, file)) !== afterSha256) {
      throw new UnpatchedKafkaJsError(`${join(folder, file)} is not the patched file`);
    }
  }
}

function sha256Of(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    throw new UnpatchedKafkaJsError(`${path} cannot be read (${String(error)})`);
  }
}

/** @throws TypeError when the patch has another form than `{ files: [{ file, afterSha256 }] }` */
export function readPatchedFiles(json: string): PatchedFile[] {
  const patch: unknown = JSON.parse(json);
  if (!isRecord(patch) || !Array.isArray(patch.files) || patch.files.length === 0) {
    throw new TypeError('The kafkajs patch names no files');
  }
  return patch.files.map((entry: unknown) => {
    if (!isRecord(entry) || typeof entry.file !== 'string' || typeof entry.afterSha256 !== 'string') {
      throw new TypeError('An entry of the kafkajs patch lacks its file or its afterSha256');
    }
    return { file: entry.file, afterSha256: entry.afterSha256 };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
