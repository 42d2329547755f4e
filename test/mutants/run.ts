/**
 * `npm run test:mutants [-- text] [--workers n] [--from n]`: breaks copies of the repository in each way that
 * `mutants.ts` lists and runs the test that must notice. Exits 0 when every mutant was killed and every test was green
 * before. A text selects the mutants whose name holds it. Two workers by default, each with a copy and servers of its
 * own (the broker is started once for many runs): tests on servers mostly wait.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sweepDeadRuns } from '../servers/run-folder.ts';
import { copyRepository } from './copy.ts';
import { mutate, type Mutant, projectOf } from './mutant.ts';
import { mutants } from './mutants.ts';
import { readReport } from './report.ts';
import { SharedKafka } from './shared-kafka.ts';
import { baselineProblem, judgeMutant, type RunReport, type Verdict } from './verdict.ts';

/** Longest a single run may take, in ms: a mutant that hangs its test has not been killed by it. */
const runLimitMs = 10 * 60_000;

const root = join(import.meta.dirname, '../..');
const usage = `npm run test:mutants [-- <text>] [-- --workers <n> --from <n>]

Breaks copies of the repository and runs the tests that must notice.
  <text>          only mutants whose name holds it
  --workers <n>   copies at work at a time; default: 2
  --from <n>      begin with the n-th; a run that was stopped says with which to go on
`;
const { values, positionals } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    from: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
  allowPositionals: true,
});
if (values.help) {
  process.stdout.write(usage);
  process.exit();
}
const wanted = positionals[0] ?? '';
/** In the order in which they are tried. */
const inOrder = [
  ...Map.groupBy(
    mutants.filter(({ name }) => name.includes(wanted)),
    baselineKey,
  ).values(),
].flat();
process.exitCode = await main(Number(values.workers), Number(values.from));

async function main(workers: number, from: number): Promise<number> {
  for (const [option, value] of Object.entries({ workers, from })) {
    if (Number.isInteger(value) && value >= 1) continue;
    console.error(`--${option} is a whole number from 1`);
    return 2;
  }
  const selected = inOrder.slice(from - 1);
  if (selected.length === 0) {
    console.error(`there are ${inOrder.length} mutants whose name holds “${wanted}”: none from ${from} on`);
    return 2;
  }
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const groups = Map.groupBy(selected, baselineKey).values();
  let passed = 0;
  const tried = new Set<Mutant>();
  const say: Say = (mutant, line, killed) => {
    tried.add(mutant);
    if (killed) passed++;
    console.log(`${String(tried.size).padStart(3)}/${selected.length} ${line}`);
  };
  const work = async (): Promise<void> => {
    using copy = copyRepository(root);
    await using kafka = new SharedKafka();
    const place = { folder: copy.folder, kafka, signal: stopped.signal };
    // One iterator for all: each worker takes the next group, so that no test's baseline is run by two.
    for (const group of groups) await tryGroup(group, place, say);
  };
  const outcomes = await Promise.allSettled(Array.from({ length: workers }, work));
  // A run that was cut off may leave its servers behind.
  await sweepDeadRuns();
  const broken = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  for (const reason of broken) console.error(reason);
  const next = selected.findIndex((mutant) => !tried.has(mutant));
  if (next !== -1) {
    const untried = selected.length - tried.size;
    console.log(`\n${untried} were not tried; these arguments and --from ${from + next} go on with them`);
  }
  console.log(`\n${passed} passed, ${selected.length - passed} failed`);
  return passed === selected.length && broken.length === 0 ? 0 : 1;
}

/** Mutants with one key are judged against the same green run. */
function baselineKey({ tests, only }: Mutant): string {
  return [...tests, only ?? ''].join('\0');
}

async function tryGroup(group: readonly Mutant[], place: Place, say: Say): Promise<void> {
  let baseline: RunReport | undefined;
  for (const mutant of group) {
    if (place.signal.aborted) return;
    const started = performance.now();
    const tried = await tryMutant(mutant, place, baseline);
    if (place.signal.aborted) return; // cut off, which says nothing of the mutant
    baseline = tried.baseline;
    say(mutant, row(mutant, tried.verdict, performance.now() - started), tried.verdict.kind === 'killed');
  }
}

type Say = (mutant: Mutant, line: string, killed: boolean) => void;

/** Where mutants are tried, one after the other. */
interface Place {
  readonly folder: string;
  readonly kafka: SharedKafka;
  readonly signal: AbortSignal;
}

/** The baseline comes back for the next mutant of the same tests, once there is a green one. */
interface Tried {
  readonly verdict: Verdict;
  readonly baseline: RunReport | undefined;
}

async function tryMutant(mutant: Mutant, place: Place, known: RunReport | undefined): Promise<Tried> {
  const file = join(place.folder, mutant.file);
  const original = readFileSync(file, 'utf8');
  let baseline = known;
  try {
    const mutated = mutate(original, mutant);
    const unbroken = baseline ?? (await runTests(mutant, place));
    const problem = baselineProblem(unbroken);
    if (problem !== undefined) return { verdict: { kind: 'broken', because: problem }, baseline };
    baseline = unbroken;
    writeFileSync(file, mutated);
    const verdict = judgeMutant(unbroken, await runTests(mutant, place), mutant.failsWith);
    return { verdict, baseline };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { verdict: { kind: 'broken', because }, baseline };
  } finally {
    writeFileSync(file, original);
  }
}

/** @throws Error when vitest ends without a report, or not in time */
async function runTests({ tests, only }: Mutant, { folder, kafka, signal }: Place): Promise<RunReport> {
  const project = projectOf(tests);
  const env = project === 'unit' ? {} : await kafka.environment();
  const output = join(folder, '.local', 'mutant-report.json');
  rmSync(output, { force: true });
  const args = ['run', '--project', project, '--reporter=json', `--outputFile=${output}`, ...tests];
  const filter =
    only === undefined ? [] : ['--testNamePattern', only.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(runLimitMs)]);
  const said = await runToEnd(
    [join(folder, 'node_modules/vitest/vitest.mjs'), ...args, ...filter],
    { cwd: folder, env: { ...process.env, ...env } },
    limit,
  );
  if (!existsSync(output))
    throw new Error(`vitest left no report: ${said.trim().split('\n').slice(-3).join(' ')}`);
  return readReport(readFileSync(output, 'utf8'), folder);
}

/** Resolves with what the process said, whatever its exit code: a red run is what is wanted here. */
function runToEnd(
  args: readonly string[],
  where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // SIGTERM, so that vitest ends the servers that it started.
    const child = spawn(process.execPath, args, {
      ...where,
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
