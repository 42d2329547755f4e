import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, inject, it } from 'vitest';
import { temporaryFolder } from '../../test/servers/temporary-folder.ts';
import { livingProcessOf, processIdentity } from './process-identity.ts';
import { cacheDir, repositoryRoot } from './repository-root.ts';

/** A clone of what git sees here, with this clone's packages and downloads. */
function cloneInto(folder: string): string {
  const clone = path.join(folder, 'clone');
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  for (const file of listed
    .split('\0')
    .filter((name) => name !== '' && existsSync(path.join(repositoryRoot, name)))) {
    cpSync(path.join(repositoryRoot, file), path.join(clone, file));
  }
  mkdirSync(path.join(clone, '.local'));
  symlinkSync(path.join(repositoryRoot, 'node_modules'), path.join(clone, 'node_modules'));
  symlinkSync(cacheDir, path.join(clone, '.local/cache'));
  return clone;
}

/** One `npm start`, without npm: the test has installed already. */
class Start {
  readonly #child: ChildProcess;
  #output = '';
  readonly #exit: Promise<unknown[]>;

  constructor(clone: string, env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, ['infra/local/start.ts'], {
      cwd: clone,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.#exit = once(this.#child, 'exit');
  }

  /** Waits until it is up; throws its output when it ends before. */
  async up(): Promise<string> {
    const gone = this.#exit.then(() => 'gone');
    while (!this.#output.includes('Ctrl-C ends everything')) {
      const tick = new Promise((resolve) => setTimeout(resolve, 50));
      if ((await Promise.race([gone, tick])) === 'gone') throw new Error(this.#output);
    }
    return this.#output;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<{ code: unknown; output: string }> {
    const [code, signal] = await this.#exit;
    return { code: code ?? signal, output: this.#output };
  }
}

/** Pastes the printed line into a shell in the clone's folder. */
function paste(output: string, clone: string): { status: string; body: { id: string; total: string } } {
  const line = output.split('\n').find((text) => text.startsWith('curl '));
  const answer = execFileSync('sh', ['-c', line ?? 'false'], { cwd: clone, encoding: 'utf8' });
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: head.split('\r\n')[0] ?? '', body: JSON.parse(body) };
}

const pidFiles = [
  'run/order-api',
  'run/outbox-relay',
  'run/jobs',
  'run/sales-projection',
  'kafka/kafka',
  'redis/redis',
  'postgres/postgresql',
];

function pids(clone: string): number[] {
  return pidFiles.flatMap((name) => livingProcessOf(path.join(clone, '.local', `${name}.pid`))?.pid ?? []);
}

it('brings up the whole system, finds its data again, survives its own death and ends in order', async () => {
  await using folder = temporaryFolder();
  const clone = cloneInto(folder.path);
  // Where it would like to listen, somebody does already (or another `npm start`, then this cannot).
  const busy = createServer().listen(3000, '127.0.0.1');
  busy.on('error', () => {});

  const first = new Start(clone);
  const banner = await first.up();
  expect(banner).toMatch(/port 3000 is taken: the order API uses \d+/);
  expect(banner).toContain('PostgreSQL 18');
  const placed = paste(banner, clone);
  expect(placed).toMatchObject({ status: 'HTTP/1.1 201 Created', body: { total: '51.80' } });
  expect(paste(banner, clone).body.id).toBe(placed.body.id);

  const again = await new Start(clone).ended();
  expect(again.code).toBe(1);
  expect(again.output.trim()).toMatch(
    /^npm start is running already in this folder \(process \d+\): use that one, or end it with Ctrl-C first$/,
  );

  expect(pids(clone)).toHaveLength(7);
  first.kill('SIGKILL');
  await first.ended();
  const left = pids(clone);
  expect(left).toHaveLength(7);

  const second = new Start(clone);
  const secondBanner = await second.up();
  expect(secondBanner).toContain('An earlier run was killed and left its outbox-relay behind');
  expect(left.filter((pid) => pids(clone).includes(pid))).toEqual([]);
  expect(paste(secondBanner, clone).body.id).toBe(placed.body.id);

  const running = pids(clone);
  const startedEnding = performance.now();
  second.kill('SIGINT');
  const { code, output } = await second.ended();
  expect(code).toBe(0);
  expect(performance.now() - startedEnding).toBeLessThan(10_000);
  expect(output.match(/\S+ (ended|was killed) after/g)?.map((line) => line.split(' ')[0])).toEqual([
    'order-api',
    'outbox-relay',
    'jobs',
    'sales-projection',
    'Kafka',
    'Redis',
    'PostgreSQL',
  ]);
  expect(running.map(processIdentity)).toEqual(running.map(() => undefined));
  busy.close();
}, 300_000);

it('reports a service that dies, with its last lines, and ends the others', async () => {
  await using folder = temporaryFolder();
  const clone = cloneInto(folder.path);
  const start = new Start(clone, { DATABASE_URL: '', REDIS_URL: inject('servers').redisUrl });
  expect(await start.up()).toContain('given by REDIS_URL');
  const relay = livingProcessOf(path.join(clone, '.local/run/outbox-relay.pid'));
  process.kill(relay?.pid ?? 0, 'SIGKILL');
  const { code, output } = await start.ended();
  expect(code).toBe(1);
  expect(output).toMatch(/outbox-relay died \(SIGKILL\); its last lines \(\S+outbox-relay\.log\):\n {2}\{/);
  expect(pids(clone)).toEqual([]);
  expect(existsSync(path.join(clone, '.local/endpoints.json'))).toBe(false);
}, 200_000);

it.each([
  [
    'Java is missing',
    { JAVA_HOME: '/nowhere' },
    /Kafka cannot be started here: Kafka needs Java 17 or newer and \/nowhere\/bin\/java does not run: install a JRE 17; or start Docker .* or set KAFKA_BROKERS to one that runs/,
  ],
  [
    'WAYBILL_ENV is production',
    { WAYBILL_ENV: 'production' },
    /npm start is for development: .* no secret has a default/,
  ],
  [
    'WAYBILL_SERVERS is neither word',
    { WAYBILL_SERVERS: 'podman' },
    /WAYBILL_SERVERS is "podman": it may be native or docker/,
  ],
  [
    'nobody answers at KAFKA_BROKERS',
    { KAFKA_BROKERS: '127.0.0.1:1' },
    /KAFKA_BROKERS is set, but no Kafka answers there/,
  ],
])(
  'says in one sentence that %s',
  async (_what, env, sentence) => {
    await using folder = temporaryFolder();
    const clone = cloneInto(folder.path);
    const { code, output } = await new Start(clone, env).ended();
    expect(code).toBe(1);
    expect(output).toMatch(sentence);
    expect(output).not.toMatch(/\n\s+at /);
    expect(pids(clone)).toEqual([]);
  },
  60_000,
);
