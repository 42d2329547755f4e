import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Choice, chooseServer, forcedBy } from './choose-server.ts';
import { portOverride } from './docker/compose.ts';
import { type LocalServer, LocalServerError } from './local-server.ts';
import type { ServerKind } from './servers.ts';

const nothing = async (): Promise<void> => {};

function native(port: number): LocalServer {
  const stop = nothing;
  const rest = { pid: 1, logFile: '', exited: new Promise<string>(() => {}), signal: () => {}, stop };
  return { name: 'Kafka', url: `native:${port}`, port, how: 'native', ...rest, [Symbol.asyncDispose]: stop };
}

/** A Kafka that answers wherever it is asked; native unless `missing` says why not. */
function kind(missing?: LocalServerError): ServerKind {
  return {
    name: 'Kafka',
    variable: 'KAFKA_BROKERS',
    service: 'kafka',
    preferredPort: 1,
    prepareNative: async () => {
      if (missing !== undefined) throw missing;
    },
    startNative: async ({ port }) => native(port),
    urlAt: (port) => `docker:${port}`,
    ask: async (url) => {
      if (url === 'nobody:1') throw new Error('ECONNREFUSED');
    },
  };
}

const noJava = new LocalServerError('MISSING_TOOL', 'Kafka needs Java 17: install a JRE 17');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'waybill-choice-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a `docker` first on the PATH that writes down how it is called. */
function installDocker(exitCode: number): () => string[] {
  const calls = path.join(folder, 'calls');
  writeFileSync(calls, '');
  writeFileSync(path.join(folder, 'docker'), `#!/bin/sh\necho "$@" >> ${calls}\nexit ${exitCode}\n`);
  chmodSync(path.join(folder, 'docker'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  return () => readFileSync(calls, 'utf8').trim().split('\n');
}

function choice(change: Partial<Choice> = {}): Choice {
  return {
    given: undefined,
    forced: undefined,
    docker: { name: 'waybill', folder, volumes: 'keep' },
    takePort: async () => 9,
    options: { dataDir: folder, progress: () => {} },
    ...change,
  };
}

describe('a server is', () => {
  it('the one that was given, before all others', async () => {
    const server = await chooseServer(kind(), choice({ given: '10.0.0.1:9092', forced: 'docker' }));
    expect(server).toMatchObject({ url: '10.0.0.1:9092', port: 9092, how: 'given by KAFKA_BROKERS' });
  });

  it('refused when it was given and does not answer', async () => {
    const promise = chooseServer(kind(), choice({ given: 'nobody:1' }));
    await expect(promise).rejects.toThrow('KAFKA_BROKERS is set, but no Kafka answers there');
  });

  it('a native one where that runs', async () => {
    expect((await chooseServer(kind(), choice())).url).toBe('native:9');
  });

  it('in Docker where no native one runs, and left to Docker’s volumes at the end', async () => {
    const calls = installDocker(0);
    const server = await chooseServer(kind(noJava), choice());
    await server.stop();
    expect(server).toMatchObject({ url: 'docker:9', how: 'kafka of docker-compose.yml' });
    expect(calls()).toEqual([
      'info',
      expect.stringMatching(
        /^compose -p waybill -f \S+docker-compose\.yml -f \S+docker-kafka\.yml up -d --wait kafka$/,
      ),
      expect.stringMatching(/ stop -t 5 kafka$/),
    ]);
  });

  it('in Docker when that is asked for', async () => {
    installDocker(0);
    expect((await chooseServer(kind(), choice({ forced: 'docker' }))).url).toBe('docker:9');
  });

  it('nowhere to be had without either: one sentence names both ways out', async () => {
    installDocker(1);
    await expect(chooseServer(kind(noJava), choice())).rejects.toThrow(
      'Kafka cannot be started here: Kafka needs Java 17: install a JRE 17; or start Docker ' +
        '(docker info fails here), or set KAFKA_BROKERS to one that runs',
    );
  });

  it('never in Docker when a native one is asked for', async () => {
    const calls = installDocker(0);
    await expect(chooseServer(kind(noJava), choice({ forced: 'native' }))).rejects.toBe(noJava);
    expect(calls()).toEqual(['']);
  });
});

describe('WAYBILL_SERVERS', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['native', 'native'],
    ['docker', 'docker'],
  ])('%j means %j', (value, forced) => {
    expect(forcedBy({ WAYBILL_SERVERS: value })).toBe(forced);
  });

  it('may be nothing else', () => {
    expect(() => forcedBy({ WAYBILL_SERVERS: 'podman' })).toThrow('it may be native or docker');
  });
});

it('tells clients of Kafka in Docker the port that is published', () => {
  expect(portOverride('kafka', 12_345)).toContain("ports: !override ['127.0.0.1:12345:59092']");
  expect(portOverride('kafka', 12_345)).toContain('HOST://127.0.0.1:12345');
});
