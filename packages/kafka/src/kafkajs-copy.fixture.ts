import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Edit {
  readonly find: string;
  readonly replace: string;
}

interface PatchedFile {
  readonly file: string;
  readonly beforeSha256: string;
  readonly edits: readonly Edit[];
}

/** Copies the patched kafkajs to `target` and takes the patch out again: kafkajs as the registry has it. */
export function unpatchedCopy(installed: string, target: string): string {
  cpSync(installed, target, { recursive: true });
  for (const { file, beforeSha256, edits } of patchedFiles()) {
    const path = join(target, file);
    let text = readFileSync(path, 'utf8');
    for (const { find, replace } of edits.toReversed()) text = text.replace(replace, () => find);
    if (createHash('sha256').update(text).digest('hex') !== beforeSha256) {
      throw new Error(`${file} without the patch is not what the registry has`);
    }
    writeFileSync(path, text);
  }
  return target;
}

function patchedFiles(): PatchedFile[] {
  const url = new URL('../../../infra/install/patches/kafkajs-2.2.4.json', import.meta.url);
  const patch: { files: PatchedFile[] } = JSON.parse(readFileSync(url, 'utf8'));
  return patch.files;
}
