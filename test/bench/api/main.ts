/** `npm run bench:api`: measures the order API over HTTP against pgbench and against itself. See `--help`. */
import { makeRunFolder, removeRunFolder, sweepDeadRuns } from '../../servers/run-folder.ts';
import { thisMachine } from '../relay/machine.ts';
import { measure } from './measure.ts';
import { type BenchOptions, help, parseOptions } from './options.ts';
import { type Results, tableOf } from './results.ts';

const progress = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

async function run(options: BenchOptions): Promise<Results> {
  const machine = thisMachine();
  await sweepDeadRuns();
  const folder = makeRunFolder();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void removeRunFolder(folder).finally(() => process.exit(130));
    });
  }
  try {
    return await measure(folder, machine, options, progress);
  } finally {
    await removeRunFolder(folder);
  }
}

const options = parseOptions(process.argv.slice(2));
if (options === 'help') process.stdout.write(help);
else {
  const results = await run(options);
  process.stdout.write(options.json ? `${JSON.stringify(results, undefined, 2)}\n` : tableOf(results));
}
