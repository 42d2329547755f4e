import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endLeftover } from './leftover.ts';
import { livingProcessOf, processIdentity, signalProcess, writePidFile } from './process-identity.ts';

let folder: string;
let file: string;
let sleeper: ChildProcess;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'waybill-pid-'));
  file = path.join(folder, 'sleeper.pid');
  sleeper = spawn(process.execPath, [
    '-e',
    'process.on("SIGINT", () => {}); setInterval(() => {}, 1000); console.log()',
  ]);
  await new Promise((resolve) => sleeper.stdout?.once('data', resolve));
});

afterEach(() => {
  sleeper.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function gone(): Promise<string> {
  return new Promise((resolve) => sleeper.once('exit', (_code, signal) => resolve(signal ?? 'by itself')));
}

describe('a pid file', () => {
  it('names its process as long as that runs', async () => {
    writePidFile(file, sleeper.pid ?? 0);
    expect(livingProcessOf(file)?.pid).toBe(sleeper.pid);
    sleeper.kill('SIGKILL');
    await gone();
    expect(livingProcessOf(file)).toBeUndefined();
  });

  it('does not name another process that got the same pid later', () => {
    writeFileSync(file, `${sleeper.pid}\nsome other start\n`);
    expect(livingProcessOf(file)).toBeUndefined();
    expect(signalProcess({ pid: sleeper.pid ?? 0, identity: 'some other start' }, 'SIGKILL')).toBe(false);
    expect(processIdentity(sleeper.pid ?? 0)).toBeDefined();
  });

  it.each(['', 'nonsense', '1\n', '-1\n', '0\n'])('that holds %j names nobody', (text) => {
    writeFileSync(file, text);
    expect(livingProcessOf(file)).toBeUndefined();
  });
});

describe('what a killed run left behind', () => {
  const lines: string[] = [];
  const ending = { stopSignal: 'SIGTERM', limitMs: 5_000 } as const;
  const progress = (line: string): void => void lines.push(line);

  beforeEach(() => lines.splice(0));

  it('is ended, with one sentence about it', async () => {
    writePidFile(file, sleeper.pid ?? 0);
    const end = gone();
    await endLeftover(file, 'Kafka', ending, progress);
    expect(await end).toBe('SIGTERM');
    expect(lines).toEqual([expect.stringContaining(`left its Kafka behind (pid ${sleeper.pid})`)]);
    expect(() => readFileSync(file)).toThrow(/ENOENT/);
  });

  it('is killed when it does not hear', async () => {
    writePidFile(file, sleeper.pid ?? 0);
    const end = gone();
    await endLeftover(file, 'Kafka', { stopSignal: 'SIGINT', limitMs: 100 }, progress);
    expect(await end).toBe('SIGKILL');
  });

  it('is nobody else’s process that has the pid now', async () => {
    writeFileSync(file, `${sleeper.pid}\nsome other start\n`);
    await endLeftover(file, 'Kafka', ending, progress);
    expect(processIdentity(sleeper.pid ?? 0)).toBeDefined();
    expect(lines).toEqual([]);
  });
});
