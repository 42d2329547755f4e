import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { unpatchedCopy } from './kafkajs-copy.fixture.ts';

/** Where the patched kafkajs lies. */
export const installedKafkaJs = path.dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'));

/** Where a kafkajs without the patch lies, until the tests of the file that asks are over. */
export function releasedKafkaJs(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'kafkajs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return unpatchedCopy(installedKafkaJs, path.join(folder, 'kafkajs'));
}
