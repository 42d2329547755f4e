import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { jobsBench, testJob } from '../jobs.fixture.ts';

it('takes a run over from a process that stands still, which then changes nothing more', async () => {
  await using bench = await jobsBench();
  const job = await testJob(bench, async () => ({ by: 'the second' }), 'endless');
  await bench.request('endless');
  const fixture = fileURLToPath(new URL('stalled-run.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [fixture, bench.database.urlFor('waybill_jobs')]);
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  const ended = once(child, 'close');
  try {
    await until('the first is at it', async () => (await bench.runs('endless'))[0]?.worker === 'frozen');
    const { runner } = bench.runner([job], { worker: 'second' });
    expect(await runner.runOpen('endless')).toEqual([]);

    child.kill('SIGSTOP');
    await until('the second has done it', async () => (await runner.runOpen('endless')).length > 0);
    const taken = await bench.runs('endless');
    child.kill('SIGCONT');
    await ended;

    expect(said).toBe('lost\n');
    expect(await bench.runs('endless')).toEqual(taken);
    expect(taken).toMatchObject([
      { attempts: 2, worker: 'second', outcome: 'done', result: { by: 'the second' } },
    ]);
  } finally {
    child.kill('SIGKILL');
  }
}, 60_000);
