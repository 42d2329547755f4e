import { setTimeout as delay } from 'node:timers/promises';
import { type RelayBench, until } from '../relay/bench.ts';
import { databaseTime, type Delays, delaysBetween, inWords } from './delays.ts';

/** How long traffic flows before a fault, to be compared with; in ms. */
export const SPAN_MS = 6_000;

/** What events of some partitions take in a span before a fault and in one under it. */
export interface Comparison {
  readonly before: Delays;
  readonly during: Delays;
  /** Events acknowledged a second under the fault ÷ those before it. */
  readonly share: number;
  /** By the database's clock: the span under the fault. */
  readonly from: Date;
  readonly to: Date;
}

/**
 * How long events of these partitions take, printed. Each of them is waited for, so that none is too slow to be counted.
 *
 * @param underFault begins the fault; what is committed until it resolves is compared
 */
export async function compare(
  bench: Pick<RelayBench, 'admin'>,
  what: string,
  partitions: readonly number[],
  underFault: () => Promise<void>,
): Promise<Comparison> {
  const start = await databaseTime(bench);
  await delay(SPAN_MS);
  // What is committed right before the fault meets it.
  const calm = await databaseTime(bench);
  await delay(1_000);
  const from = await databaseTime(bench);
  await underFault();
  const to = await databaseTime(bench);
  await until(
    'what was committed under the fault is published',
    async () => (await delaysBetween(bench, partitions, from, to)).pending === 0,
    60_000,
  );
  const before = await delaysBetween(bench, partitions, start, calm);
  const during = await delaysBetween(bench, partitions, from, to);
  console.log(`${what}: before: ${inWords(before)}; during: ${inWords(during)}`);
  return { before, during, share: during.perSecond / before.perSecond, from, to };
}
