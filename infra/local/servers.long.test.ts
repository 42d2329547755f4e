import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/servers/temporary-folder.ts';
import { freePort, startKafka, startPostgres, startRedis } from './index.ts';
import { askCluster } from './kafka/probe.ts';
import { processIdentity } from './process-identity.ts';
import { pingRedis } from './redis/probe.ts';
import { userForPostgres } from './unprivileged-user.ts';

const lines: string[] = [];
const progress = (line: string): void => void lines.push(line);
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('PostgreSQL', () => {
  const start = async (dataDir: string, port?: number) =>
    startPostgres({ dataDir, port: port ?? (await freePort()), durability: 'process', progress });

  it('has its data again after it was killed, also when the pid of the killed one is somebody else’s now', async () => {
    await using folder = temporaryFolder();
    const first = await start(folder.path);
    await query(first.url, 'create table kept as select 42 as answer');
    first.signal('SIGKILL');
    expect(await first.exited).toBe('SIGKILL');
    const second = await start(folder.path);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
    // PostgreSQL itself refuses when the pid in its lock runs as a process of the same user.
    const other = spawn('sleep', ['600'], { ...userForPostgres(), stdio: 'ignore' });
    children.push(other);
    const lock = [other.pid, path.join(folder.path, 'data'), 0, 5432, '', '127.0.0.1', '', 'ready'];
    writeFileSync(path.join(folder.path, 'data/postmaster.pid'), `${lock.join('\n')}\n`);
    lines.splice(0);
    await using third = await start(folder.path);
    expect(await query(third.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(lines).toEqual([expect.stringContaining('Removing the lock of a killed PostgreSQL')]);
    expect(processIdentity(other.pid ?? 0)).toBeDefined();
  });

  it('is safe by default: this machine alone, no socket file, a password, every commit on disk', async () => {
    await using folder = temporaryFolder();
    // As a start leaves it that was killed while it made the cluster.
    mkdirSync(path.join(folder.path, 'making-half/data'), { recursive: true });
    await using server = await startPostgres({ dataDir: folder.path, port: await freePort(), progress });
    const settings = await query(
      server.url,
      `select name, setting from pg_settings where name in
       ('listen_addresses', 'unix_socket_directories', 'track_commit_timestamp', 'fsync') order by name`,
    );
    expect(settings).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'track_commit_timestamp', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    await expect(query(server.url.replace(':postgres@', ':wrong@'), 'select 1')).rejects.toThrow(/password/);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('making-'))).toEqual([]);

    const second = start(path.join(folder.path, 'two'), server.port);
    await expect(second).rejects.toMatchObject({
      code: 'DIED_AT_START',
      message: expect.stringMatching(
        /PostgreSQL ended \(exit code 1\) before it answered; its last lines[^]*Address already in use/,
      ),
    });
  });
});

describe('PostgreSQL in a folder that only we can enter', () => {
  it('keeps its data where its user can reach it, and begins afresh when the link to it is gone', async () => {
    // As a clone in root's home directory; nobody else may enter.
    const home = mkdtempSync(path.join(tmpdir(), 'waybill-private-'));
    const folder = path.join(home, 'clone');
    const dataDir = path.join(folder, 'postgres');
    const user = userForPostgres();
    const start = async () =>
      startPostgres({ dataDir, port: await freePort(), durability: 'process', progress });
    const places: string[] = [];
    try {
      for (const answer of [1, 2]) {
        await using server = await start();
        places.push(realpathSync(path.join(dataDir, 'data')));
        await query(server.url, `create table kept as select ${answer} as answer`);
        await server.stop();
        await using again = await start();
        expect(await query(again.url, 'select answer from kept')).toEqual([{ answer }]);
        await again.stop();
        rmSync(folder, { recursive: true }); // what somebody does who makes a fresh clone in its place
      }
      const [first = '', second = ''] = places;
      expect(first.startsWith('/var/tmp/waybill-')).toBe(user !== undefined);
      expect(second === first).toBe(user === undefined);
      expect(existsSync(first)).toBe(false);
    } finally {
      rmSync(home, { recursive: true, force: true });
      for (const place of places.filter((one) => one.startsWith('/var/tmp/waybill-'))) {
        rmSync(path.dirname(path.dirname(place)), { recursive: true, force: true });
      }
    }
  });
});

describe('Kafka', () => {
  it('keeps its cluster when it is killed, ends a leftover, and moves to another port', async () => {
    await using folder = temporaryFolder();
    const start = async () => startKafka({ dataDir: folder.path, port: await freePort(), progress });
    const first = await start();
    const { clusterId } = await askCluster(first.url);
    first.signal('SIGKILL');
    await first.exited;
    const second = await start();
    expect(await askCluster(second.url)).toEqual({ clusterId, brokerIds: [1] });
    expect(second.port).not.toBe(first.port);
    // As if we had been killed: its pid file is there and it runs on, holding the lock of its folder.
    lines.splice(0);
    await using third = await start();
    expect(await second.exited).toBe('exit code 143');
    expect(lines).toEqual([expect.stringContaining(`left its Kafka behind (pid ${second.pid})`)]);
    expect(await askCluster(third.url)).toEqual({ clusterId, brokerIds: [1] });
  }, 180_000);

  it('ends what it began when the start is given up', async () => {
    await using folder = temporaryFolder();
    const giveUp = new AbortController();
    const options = { dataDir: folder.path, port: await freePort(), signal: giveUp.signal };
    const pidFile = path.join(folder.path, 'kafka.pid');
    const starting = startKafka({ ...options, progress });
    const pid = await new Promise<number>((resolve) => {
      const look = setInterval(() => {
        const found = readdirSync(folder.path).includes('kafka.pid')
          ? Number(readFileSync(pidFile, 'utf8').split('\n')[0])
          : 0;
        if (found === 0) return;
        clearInterval(look);
        resolve(found);
      }, 10);
    });
    giveUp.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
    expect(processIdentity(pid)).toBeUndefined();
  });
});

describe('Redis', () => {
  it('has its keys again, and mends a file that a kill cut off', async () => {
    await using folder = temporaryFolder();
    const start = async () => startRedis({ dataDir: folder.path, port: await freePort(), progress });
    const first = await start();
    await pingRedis(first.url);
    first.signal('SIGKILL');
    await first.exited;
    // Half a command at the end (RESP): SET with its value missing.
    writeFileSync(path.join(folder.path, 'appendonly.aof'), '*3\r\n$3\r\nSET\r\n$1\r\na\r\n', { flag: 'a' });
    await using second = await start();
    await pingRedis(second.url);
    expect(readFileSync(second.logFile, 'utf8')).toContain('AOF loaded anyway');
  });
});
