import Value from 'typebox/value';
import { type ProblemName, problemCatalogue } from '../http/problem-catalogue.ts';
import { Problem } from '../http/problems.ts';
import { type Call, publicUrl, type RunningOrderApi } from './order-api.ts';
import { rowCounts } from './row-counts.ts';

/** How a call was refused, for comparison with {@link refused}. */
export interface Refusal {
  readonly status: number;
  readonly type: unknown;
  /** Pointers of `errors`, sorted; empty when the problem has none. */
  readonly pointers: readonly string[];
  /** Everything that no refusal may do. */
  readonly flaws: readonly string[];
}

/** What a clean refusal looks like: the catalogue's status and type, these places, nothing written or given away. */
export function refused(name: ProblemName, pointers: readonly string[] = []): Refusal {
  const { status } = problemCatalogue[name];
  return { status, type: `${publicUrl}/problems/${name}`, pointers: pointers.toSorted(), flaws: [] };
}

/** Makes the call and judges its answer, the rows of the whole database included. */
export async function refusalOf(
  running: RunningOrderApi,
  call: Call,
): Promise<Refusal & { readonly problem: Problem }> {
  const { admin } = running.database;
  const before = await rowCounts(admin);
  const { status, headers, text } = await running.call(call);
  const after = await rowCounts(admin);
  const problem: unknown = JSON.parse(text);
  if (!Value.Check(Problem, problem)) throw new Error(`not a complete problem: ${text}`);
  const flaws = [
    [JSON.stringify(before) !== JSON.stringify(after), 'something was written'],
    [!String(headers['content-type']).startsWith('application/problem+json'), 'the media type is another'],
    [problem.status !== status, 'the body names another status'],
    [problem.instance !== headers['x-request-id'], 'the request is not named'],
    [/select |insert |order_items|idempotency_keys|node_modules|\.ts:/i.test(text), 'the inside shows'],
  ] as const;
  return {
    status,
    type: problem.type,
    pointers: (problem.errors ?? []).map(({ pointer }) => pointer).toSorted(),
    flaws: flaws.flatMap(([is, flaw]) => (is ? [flaw] : [])),
    problem,
  };
}
