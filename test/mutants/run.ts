/**
 * `npm run test:mutants [-- text]`: breaks a copy of the repository in each way that `mutants.ts` lists and runs the
 * test that must notice. Exits 0 when every mutant was killed and every test was green before. A text selects the
 * mutants whose name holds it.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyRepository } from './copy.ts';
import { mutate, type Mutant, projectOf } from './mutant.ts';
import { mutants } from './mutants.ts';
import { readReport } from './report.ts';
import { baselineProblem, judgeMutant, type RunReport, type Verdict } from './verdict.ts';

/** Longest a single run may take, in ms: a mutant that hangs its test has not been killed by it. */
const runLimitMs = 10 * 60_000;

const root = join(import.meta.dirname, '../..');
const wanted = process.argv[2] ?? '';
const selected = mutants.filter(({ name }) => name.includes(wanted));
process.exitCode = await main();

async function main(): Promise<number> {
  using copy = copyRepository(root);
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  const baselines = new Map<string, RunReport>();
  const lines: string[] = [];
  let failed = 0;
  for (const mutant of selected) {
    if (stopped.signal.aborted) break;
    const started = performance.now();
    const verdict = await tryMutant(mutant, { folder: copy.folder, baselines, signal: stopped.signal });
    if (verdict.kind !== 'killed') failed++;
    const line = row(mutant, verdict, performance.now() - started);
    lines.push(line);
    console.log(line);
  }
  const passed = lines.length - failed;
  const unfinished = selected.length - lines.length;
  console.log(`\n${passed} passed, ${failed + unfinished} failed`);
  return passed === selected.length && selected.length > 0 ? 0 : 1;
}

interface Trial {
  readonly folder: string;
  /** Green runs by what was run, so that mutants of one test share them. */
  readonly baselines: Map<string, RunReport>;
  readonly signal: AbortSignal;
}

async function tryMutant(mutant: Mutant, { folder, baselines, signal }: Trial): Promise<Verdict> {
  const key = [...mutant.tests, mutant.only ?? ''].join('\0');
  const file = join(folder, mutant.file);
  const original = readFileSync(file, 'utf8');
  try {
    const mutated = mutate(original, mutant);
    const baseline = baselines.get(key) ?? (await runTests(mutant, folder, signal));
    const problem = baselineProblem(baseline);
    if (problem !== undefined) return { kind: 'broken', because: problem };
    baselines.set(key, baseline);
    writeFileSync(file, mutated);
    return judgeMutant(baseline, await runTests(mutant, folder, signal), mutant.failsWith);
  } catch (error) {
    return { kind: 'broken', because: error instanceof Error ? error.message : String(error) };
  } finally {
    writeFileSync(file, original);
  }
}

/** @throws Error when vitest ends without a report, or not in time */
async function runTests({ tests, only }: Mutant, folder: string, signal: AbortSignal): Promise<RunReport> {
  const output = join(folder, '.local', 'mutant-report.json');
  rmSync(output, { force: true });
  const args = ['run', '--project', projectOf(tests), '--reporter=json', `--outputFile=${output}`, ...tests];
  const filter =
    only === undefined ? [] : ['--testNamePattern', only.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(runLimitMs)]);
  const said = await runToEnd(
    [join(folder, 'node_modules/vitest/vitest.mjs'), ...args, ...filter],
    folder,
    limit,
  );
  if (!existsSync(output))
    throw new Error(`vitest left no report: ${said.trim().split('\n').slice(-3).join(' ')}`);
  return readReport(readFileSync(output, 'utf8'), folder);
}

/** Resolves with what the process said, whatever its exit code: a red run is what is wanted here. */
function runToEnd(args: readonly string[], cwd: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    // SIGTERM, so that vitest ends the servers that it started.
    const child = spawn(process.execPath, args, {
      cwd,
      signal,
      killSignal: 'SIGTERM',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    // Not before its end: the copy is removed afterwards.
    child.once('close', () => (failure ? reject(failure) : resolve(Buffer.concat(chunks).toString('utf8'))));
  });
}

function row({ name }: Mutant, verdict: Verdict, ms: number): string {
  const said = {
    killed: () => (verdict.kind === 'killed' ? verdict.by : ''),
    survived: () => 'every test stayed green',
    broken: () => (verdict.kind === 'broken' ? verdict.because : ''),
  }[verdict.kind]();
  const mark = { killed: 'killed  ', survived: 'SURVIVED', broken: 'BROKEN  ' }[verdict.kind];
  return `${mark} ${(ms / 1000).toFixed(1).padStart(6)} s  ${name.padEnd(48)}  ${said}`;
}
