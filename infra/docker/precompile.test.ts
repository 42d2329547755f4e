import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repositoryRoot } from '../local/repository-root.ts';
import { serviceArgs } from '../local/service-command.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'waybill-precompile-'));
const image = path.join(folder, 'image');

beforeAll(() => {
  const { status, stderr } = run(['infra/docker/precompile.ts'], image);
  if (status !== 0) throw new Error(stderr);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const programs: Readonly<Record<string, readonly string[]>> = {
  'the order API': serviceArgs('order-api'),
  'the relay': serviceArgs('outbox-relay'),
  'the relay with the other client': [
    '--import',
    '@waybill/kafka/platformatic/publisher',
    ...serviceArgs('outbox-relay'),
  ],
  'the command of operators': serviceArgs('ops'),
  'the health check': ['infra/docker/healthcheck.ts'],
};

it.each(Object.entries(programs))('from the image’s cache %s starts without the compiler', (_, args) => {
  expect(compilerIn(args, image)).toBe('not loaded');
});

it('without it the compiler is loaded', () => {
  expect(compilerIn(['infra/docker/healthcheck.ts'], path.join(folder, 'empty'))).toBe('loaded');
});

/** Whether a start without settings loads what takes types away. */
function compilerIn(args: readonly string[], cache: string): string | undefined {
  const tell = `process.on('exit', () => console.log(
    'the compiler was ' + (process.moduleLoadList.some((name) => name.includes('amaro')) ? 'loaded' : 'not loaded')))`;
  const { stdout } = run(['--import', `data:text/javascript,${encodeURIComponent(tell)}`, ...args], cache);
  return /the compiler was (.*)/.exec(stdout)?.[1];
}

function run(args: readonly string[], cache: string) {
  return spawnSync(process.execPath, args, {
    cwd: repositoryRoot,
    env: { NODE_COMPILE_CACHE: cache, WAYBILL_ENV: 'production' },
    encoding: 'utf8',
  });
}
