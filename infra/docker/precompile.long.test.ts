import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repositoryRoot } from '../local/repository-root.ts';
import { serviceArgs } from '../local/service-command.ts';
import { openTracing, type Program, programs, startWithoutSettings } from './programs.ts';

let folder: string;
const imageCache = (): string => path.join(folder, 'image');

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'waybill-precompile-'));
  execFileSync(process.execPath, ['infra/docker/precompile.ts'], {
    cwd: repositoryRoot,
    env: { NODE_COMPILE_CACHE: imageCache() },
  });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(programs)('from the image’s cache $name starts without the compiler of types', (program) => {
  expect(compilerIn(program, imageCache())).toBe('not loaded');
});

it('what a collector has a service load is in the image’s cache too', () => {
  const args = ['--import', openTracing, ...serviceArgs('order-api')];
  expect(compilerIn({ name: 'tracing', args, lastWords: 'settings-invalid' }, imageCache())).toBe(
    'not loaded',
  );
});

it.each(programs.slice(0, 1))('without the cache $name loads it', (program) => {
  expect(compilerIn(program, path.join(folder, 'empty'))).toBe('loaded');
});

it('every service is among them', () => {
  const covered = programs.map(({ args }) => args.at(-1));
  const services = readdirSync(path.join(repositoryRoot, 'services'));
  expect(services.filter((service) => !covered.includes(serviceArgs(service).at(-1)))).toEqual([]);
});

it('a program that cannot be loaded fails the image', () => {
  const missing: Program = {
    name: 'x',
    args: ['--import', '@waybill/nothing'],
    lastWords: 'settings-invalid',
  };
  expect(() => startWithoutSettings(missing, imageCache())).toThrow(/x was not loaded: .*@waybill\/nothing/s);
});

function compilerIn(program: Program, cache: string): string | undefined {
  const tell = `process.on('exit', () => console.log(
    'the compiler was ' + (process.moduleLoadList.some((name) => name.includes('amaro')) ? 'loaded' : 'not loaded')))`;
  const written = startWithoutSettings(program, cache, [
    '--import',
    `data:text/javascript,${encodeURIComponent(tell)}`,
  ]);
  return /the compiler was (.*)/.exec(written)?.[1];
}
