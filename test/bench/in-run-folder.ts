import { makeRunFolder, removeRunFolder, sweepDeadRuns } from '../servers/run-folder.ts';

/** How a benchmark tells what it is doing: a line on stderr, with the time. */
export function progress(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

/** Runs a benchmark with a folder for its servers, which is removed with them, also after Ctrl-C. */
export async function inRunFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  await sweepDeadRuns();
  const folder = makeRunFolder();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void removeRunFolder(folder).finally(() => process.exit(130));
    });
  }
  try {
    return await work(folder);
  } finally {
    await removeRunFolder(folder);
  }
}
