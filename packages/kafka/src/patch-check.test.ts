import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { unpatchedCopy } from './kafkajs-copy.fixture.ts';
import {
  checkFolder,
  readPatchedFiles,
  requirePatchedKafkaJs,
  UnpatchedKafkaJsError,
} from './patch-check.ts';

const patchJson = readFileSync(
  new URL('../../../infra/install/patches/kafkajs-2.2.4.json', import.meta.url),
  'utf8',
);
const installed = dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'));

describe('the kafkajs patch', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'waybill-kafkajs-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  test('is in the kafkajs that this package loads', () => {
    expect(() => requirePatchedKafkaJs()).not.toThrow();
  });

  test('is missed in a kafkajs as it comes from the registry, with the command that mends it', () => {
    const folder = unpatchedCopy(installed, join(scratch, 'registry'));

    expect(() => checkFolder(folder, readPatchedFiles(patchJson))).toThrow(UnpatchedKafkaJsError);
    expect(() => checkFolder(folder, readPatchedFiles(patchJson))).toThrow(
      'Run "node infra/install/install.mjs"',
    );
  });

  test('is missed when one patched file is gone', () => {
    const folder = join(scratch, 'gap');
    cpSync(installed, folder, { recursive: true });
    rmSync(join(folder, 'src/network/requestQueue/index.js'));

    expect(() => checkFolder(folder, readPatchedFiles(patchJson))).toThrow('cannot be read');
  });

  test.each(['{}', '{"files":[]}', '{"files":[{"file":"a"}]}'])('is refused in the form %s', (json) => {
    expect(() => readPatchedFiles(json)).toThrow(TypeError);
  });
});
