import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const fixture = fileURLToPath(new URL('./run-service.fixture.ts', import.meta.url));

/** Twelve processes start at once. */
const limit = { timeout: 30_000 };

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly err?: { readonly message: string; readonly stack: string };
}

/** Starts the fixture; `signals` go out one by one, each when the line before it has been logged. */
async function run(
  behaviour: string,
  signals: readonly (readonly [after: string, NodeJS.Signals])[] = [],
  closeWithinMs = 60_000,
) {
  const child = spawn(process.execPath, [fixture, behaviour, String(closeWithinMs)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  const stderr: string[] = [];
  child.stderr.on('data', (chunk) => stderr.push(String(chunk)));
  const lines: Line[] = [];
  const waiting = [...signals];
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line: Line = JSON.parse(text);
    lines.push(line);
    if (line.msg === waiting[0]?.[0]) child.kill(waiting.shift()?.[1]);
  });
  const [exitCode] = await exited;
  return { exitCode, messages: lines.map((line) => line.msg), lines, stderr: stderr.join('') };
}

describe.concurrent('given a signal', limit, () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s closes in reverse order and ends with 0', async (signal) => {
    const { exitCode, messages, stderr } = await run('starts and waits', [['up', signal]]);
    expect(messages).toEqual(['up', 'closing', 'closed the listener', 'closed the pool', 'closed']);
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  test('a start that runs a loop finishes its work before anything is closed', async () => {
    const { exitCode, messages } = await run('runs a loop', [['up', 'SIGTERM']]);
    expect(messages).toEqual(['up', 'closing', 'finished the batch', 'closed the pool', 'closed']);
    expect(exitCode).toBe(0);
  });

  test('a start that rejects because of the signal has not failed', async () => {
    const { exitCode, messages } = await run('passes the abort on', [['up', 'SIGTERM']]);
    expect([messages, exitCode]).toEqual([['up', 'closing', 'closed'], 0]);
  });

  test('a second one ends it at once with 1', async () => {
    const { exitCode, messages } = await run('hangs while closing', [
      ['up', 'SIGTERM'],
      ['closing', 'SIGINT'],
    ]);
    expect(messages).toEqual(['up', 'closing', 'told twice to stop; ending without closing']);
    expect(exitCode).toBe(1);
  });

  test('a closer that hangs is cut off at the limit with 1', async () => {
    const { exitCode, messages } = await run('hangs while closing', [['up', 'SIGTERM']], 100);
    expect(messages).toEqual(['up', 'closing', 'closing took too long; what is still open is cut off']);
    expect(exitCode).toBe(1);
  });

  test('a closer that fails is told, keeps no other from closing, and gives 1', async () => {
    const { exitCode, messages } = await run('fails while closing', [['up', 'SIGTERM']]);
    expect([messages, exitCode]).toEqual([['up', 'closing', 'closed the pool', 'closing failed'], 1]);
  });
});

describe.concurrent('given a failure', limit, () => {
  test('of the start: logged once, what was open is closed, 1', async () => {
    const { exitCode, lines, messages } = await run('cannot start');
    expect(messages).toEqual(['failed', 'closed the pool']);
    expect(lines[0]).toMatchObject({ level: 'fatal', err: { message: 'the port is taken' } });
    expect(exitCode).toBe(1);
  });

  test('of a start that had been running: not told as one that could not start', async () => {
    const { exitCode, lines, messages } = await run('fails while running');
    expect(messages).toEqual(['up', 'failed', 'closed the pool']);
    expect(lines[1]).toMatchObject({ level: 'fatal', err: { message: 'the loop broke' } });
    expect(exitCode).toBe(1);
  });

  test('of the settings: one line that names the variable, without a stack', async () => {
    const { exitCode, lines, stderr } = await run('lacks a variable');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.msg).toContain('DATABASE_URL is not set');
    expect(lines[0]?.err).toBeUndefined();
    expect([exitCode, stderr]).toEqual([1, '']);
  });

  test.each([
    ['throws later', 'a bug in a callback'],
    ['rejects later', 'a bug in the background'],
  ])('that nobody handles (%s): logged once, nothing more runs, 1', async (behaviour, message) => {
    const { exitCode, lines, stderr } = await run(behaviour);
    expect(lines).toMatchObject([{ level: 'fatal', msg: 'crashed', err: { message } }]);
    expect([exitCode, stderr]).toEqual([1, '']);
  });
});
