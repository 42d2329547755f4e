import { type BuyerTotal, type Difference, sumsPerCurrency } from './compare-totals.ts';
import type { Percentiles } from './percentiles.ts';
import { grouped } from './progress-line.ts';

/** What a run found out. Durations in ms. */
export interface DemoResult {
  readonly orders: number;
  /** Until all were placed. */
  readonly placingSeconds: number;
  /** Until all were in Kafka and in the totals. */
  readonly seconds: number;
  readonly commitToKafka: Percentiles;
  readonly commitToProjection: Percentiles;
  readonly commitTimes: 'pg_xact_commit_timestamp' | 'created_at';
  readonly buyers: number;
  readonly totals: readonly BuyerTotal[];
  readonly differences: readonly Difference[];
}

/** How the sources of totals are called, in the order in which differences list them. */
export const totalSources = ['the API’s answers', 'the order database', 'the projection'] as const;

export function resultAsJson(result: DemoResult): string {
  const { orders, placingSeconds, seconds, commitTimes, buyers, totals, differences } = result;
  return `${JSON.stringify({
    orders,
    seconds: rounded(seconds),
    placed_per_second: Math.round(orders / placingSeconds),
    commit_to_kafka_ms: result.commitToKafka,
    commit_to_projection_ms: result.commitToProjection,
    commit_times: commitTimes,
    buyers,
    spent: sumsPerCurrency(totals),
    totals_equal: differences.length === 0,
    differences,
  })}\n`;
}

export function resultAsText(result: DemoResult): string {
  const { orders, placingSeconds, seconds, commitTimes } = result;
  const rate = grouped(Math.round(orders / placingSeconds));
  return [
    '',
    `${grouped(orders)} orders placed in ${rounded(placingSeconds)} s (${rate}/s), all followed after ${rounded(seconds)} s`,
    '',
    `${''.padEnd(30)}${['p50', 'p95', 'p99'].map((name) => name.padStart(10)).join('')}`,
    row('commit → Kafka acknowledged', result.commitToKafka),
    row('commit → buyer’s total', result.commitToProjection),
    ...(commitTimes === 'created_at'
      ? [
          '',
          'The server does not track commit times: the rows’ creation, a little earlier, stands in for them.',
        ]
      : []),
    '',
    ...totalsText(result),
    '',
  ].join('\n');
}

function row(name: string, { p50, p95, p99 }: Percentiles): string {
  return `${name.padEnd(30)}${[p50, p95, p99].map((ms) => `${grouped(ms)} ms`.padStart(10)).join('')}`;
}

function totalsText({ totals, differences, buyers }: DemoResult): string[] {
  if (differences.length === 0) {
    const sums = Object.entries(sumsPerCurrency(totals)).map(([currency, sum]) => `${currency} ${sum}`);
    return [`The totals of ${buyers} buyers equal the database’s to the cent: ${sums.join(', ')}`];
  }
  return [
    `The totals differ for ${differences.length} of ${totals.length}:`,
    ...differences.flatMap(({ userId, currency, totals: found }) => [
      `  ${userId} ${currency}`,
      ...totalSources.map((source, i) => {
        const total = found[i];
        const what = total === undefined ? 'nothing' : `${total.orders} orders, ${total.spent}`;
        return `    ${source}: ${what}`;
      }),
    ]),
  ];
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
