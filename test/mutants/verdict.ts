/** A test that ran to its end. */
export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  /** Messages of its failures, `AssertionError: …`. */
  readonly failures: readonly string[];
}

/** What vitest's JSON reporter said of one run. */
export interface RunReport {
  readonly tests: readonly TestResult[];
  /** Files that could not be loaded: no test of them ran. */
  readonly unloaded: readonly string[];
}

export type Verdict =
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'survived' }
  /** The run says nothing about the mutant: it did not get as far as the test. */
  | { readonly kind: 'broken'; readonly because: string };

/** How a failed expectation begins; `rejects`, `resolves` and polled ones throw plain errors. */
const assertion = /^(AssertionError|Error: (expected|promise (resolved|rejected)) )/;

/**
 * A mutant is killed when a named test ran and failed by an assertion, or in the way that the mutant names. Nothing
 * else counts: a mutation that no longer loads proves nothing about the test.
 *
 * @param baseline the same tests without the mutation, all green
 */
export function judgeMutant(baseline: RunReport, mutated: RunReport, failsWith?: RegExp): Verdict {
  if (mutated.unloaded.length > 0)
    return { kind: 'broken', because: `not loaded: ${mutated.unloaded.join(', ')}` };
  if (mutated.tests.length === 0) return { kind: 'broken', because: 'no test ran' };
  if (mutated.tests.length < baseline.tests.length) {
    return {
      kind: 'broken',
      because: `${mutated.tests.length} tests ran, ${baseline.tests.length} without the mutation`,
    };
  }
  const failed = mutated.tests.filter((test) => !test.passed);
  const [first] = failed;
  if (!first) return { kind: 'survived' };
  const convincing = failed.find((test) => test.failures.some((message) => convinces(message, failsWith)));
  if (convincing) return { kind: 'killed', by: convincing.name };
  return {
    kind: 'broken',
    because: toldFailure(first),
  };
}

function toldFailure({ name, failures }: TestResult): string {
  return `${name}: ${failures[0]?.split('\n')[0] ?? 'failed without a word'}`;
}

function convinces(message: string, failsWith: RegExp | undefined): boolean {
  return (failsWith ?? assertion).test(message);
}

/** Why the tests without any mutation are no baseline; undefined when they are. */
export function baselineProblem(report: RunReport): string | undefined {
  const failed = report.tests.filter((test) => !test.passed).map(toldFailure);
  if (report.unloaded.length > 0) return `not loaded: ${report.unloaded.join(', ')}`;
  if (failed.length > 0) return `red without any mutation: ${failed.join('; ')}`;
  return report.tests.length === 0 ? 'no test ran' : undefined;
}
