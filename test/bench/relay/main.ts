/**
 * `npm run bench:relay`: measures the relay against the bare client, a polling relay and the goals of the README, on
 * servers of its own. See `--help`.
 */
import { makeRunFolder, removeRunFolder, sweepDeadRuns } from '../../servers/run-folder.ts';
import { prepareGround } from './ground.ts';
import { thisMachine } from './machine.ts';
import { type BenchOptions, help, parseOptions } from './options.ts';
import { drainRounds, loadBacklog } from './parts/drain.ts';
import { median } from './statistics.ts';

const progress = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

async function measure(folder: string, options: BenchOptions): Promise<void> {
  progress(JSON.stringify(thisMachine()));
  await using ground = await prepareGround(folder, progress);
  if (options.parts.includes('drain')) {
    const backlog = await loadBacklog(ground, options);
    for (const client of options.clients) {
      for (const size of options.brokers) {
        const rounds = await drainRounds(ground, backlog, options, client, size);
        const valid = rounds.filter((round) => round.state === 'valid');
        if (valid.length > 0) {
          progress(
            JSON.stringify({
              client,
              size,
              ratio: median(valid.map(({ ratio }) => ratio)),
              relay: valid.map(({ relay }) => ({ ...relay, batches: undefined })),
              bare: valid.map(({ bare }) => bare),
            }),
          );
        }
      }
    }
  }
}

const options = parseOptions(process.argv.slice(2));
if (options === 'help') process.stdout.write(help);
else {
  await sweepDeadRuns();
  const folder = makeRunFolder();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void removeRunFolder(folder).finally(() => process.exit(130));
    });
  }
  try {
    await measure(folder, options);
  } finally {
    await removeRunFolder(folder);
  }
}
