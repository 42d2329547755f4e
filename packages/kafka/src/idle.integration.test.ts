import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { unpatchedCopy } from './kafkajs-copy.fixture.ts';
import { createTopic } from './other-client.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const idleProcess = fileURLToPath(new URL('idle-process.fixture.ts', import.meta.url));
const installed = dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'));

/** Percent of one core that a connected, idle producer and consumer use over four seconds. */
async function idleCpu(kafkajsFolder: string): Promise<number> {
  const topic = await createTopic(brokers, { partitions: 1 });
  const args = [idleProcess, kafkajsFolder, ...brokers, topic, '4'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 40_000 });
  return Number(stdout);
}

test('a connected, idle process uses less than 1 % of a core with the patch, and more without', async () => {
  await using folder = temporaryFolder();
  const unpatched = unpatchedCopy(installed, join(folder.path, 'kafkajs'));

  const [patchedPercent, unpatchedPercent] = await Promise.all([idleCpu(installed), idleCpu(unpatched)]);

  expect(patchedPercent).toBeLessThan(1);
  expect(unpatchedPercent).toBeGreaterThan(1);
});
