/**
 * Fills the image's compile cache (`NODE_COMPILE_CACHE`, Node's manual, "Module compile cache"): a program that finds its
 * sources there without their types starts sooner, and never loads the compiler that takes them away, which would stay in
 * its memory with 22 MB. Each is started without any settings: it loads everything, says what is missing and ends.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../local/repository-root.ts';
import { serviceArgs } from '../local/service-command.ts';

/** What a service loads only where its settings ask for it. */
const onDemand: Readonly<Record<string, readonly string[]>> = {
  'outbox-relay': ['@waybill/kafka', '@waybill/kafka/platformatic/publisher'],
};

/** For all of them in ms: what does not end by itself does not belong here. */
const limitMs = 60_000;

const cache = process.env['NODE_COMPILE_CACHE'];
if (cache === undefined) throw new Error('NODE_COMPILE_CACHE is not set');

const programs = [
  ...readdirSync(path.join(repositoryRoot, 'services')).map((service) => [
    ...(onDemand[service] ?? []).flatMap((name) => ['--import', name]),
    ...serviceArgs(service),
  ]),
  ['infra/docker/prepare.ts'],
  ['infra/docker/healthcheck.ts'],
];

for (const args of programs) {
  const { error, stderr } = spawnSync(process.execPath, args, {
    cwd: repositoryRoot,
    // In production no secret has a default.
    env: { NODE_COMPILE_CACHE: cache, WAYBILL_ENV: 'production' },
    encoding: 'utf8',
    timeout: limitMs,
  });
  if (error !== undefined) throw error;
  if (stderr.includes('ERR_MODULE_NOT_FOUND')) throw new Error(`${args.at(-1)} is incomplete: ${stderr}`);
}
