import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DemoSettings } from '../config.ts';
import { OperatorError } from '../operator-error.ts';
import type { Output, Terminal } from '../output.ts';
import { type Catalogue, makeCatalogue } from './catalogue.ts';
import { differencesAmong, totalsOf } from './compare-totals.ts';
import { type Databases, openDatabases } from './databases.ts';
import { followOrders } from './follow-orders.ts';
import { Journeys } from './journeys.ts';
import { OrderApiClient, type PlacedOrder } from './order-api-client.ts';
import { percentilesOf } from './percentiles.ts';
import { placeOrders } from './place-orders.ts';
import { grouped, ProgressLine } from './progress-line.ts';
import { type DemoResult, resultAsJson, resultAsText } from './report.ts';
import { readOrderTotals, readProjectedTotals } from './totals.sql.ts';

export interface DemoOptions {
  readonly orders: number;
  /** Requests under way at the same time. */
  readonly concurrency: number;
  readonly format: 'text' | 'json';
}

const patienceMs = 30_000;

/** With --json, standard error is for an error. */
const silent: Output = { isTerminal: false, write: async () => {} };

/**
 * Places orders over HTTP with products and buyers of its own, follows them into Kafka and into the buyers' totals,
 * and checks the totals against what the API answered and what the order database says.
 *
 * @throws OperatorError when something does not answer or stands still, when the totals differ, or upon an interrupt
 */
export async function runDemo(
  options: DemoOptions,
  settings: DemoSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { orders, format } = options;
  const progress = format === 'json' ? silent : terminal.out;
  const over = new AbortController();
  const running = AbortSignal.any([signal, over.signal]);
  try {
    const api = new OrderApiClient(settings.WAYBILL_API_URL, readToken(settings.WAYBILL_TOKEN_FILE), running);
    await api.requireAnswer();
    await using databases = await openDatabases(
      settings.WAYBILL_DATABASE_URL,
      settings.WAYBILL_SALES_DATABASE_URL,
    );
    const run = randomBytes(4).toString('hex');
    const catalogue = await makeCatalogue(api, run, orders);
    await progress.write(
      `Placing ${grouped(orders)} orders of ${catalogue.buyers.length} buyers (run ${run})\n`,
    );
    const line = new ProgressLine(progress, orders);
    const result = await placeAndFollow({ options, settings, run, catalogue, api, databases, line }, running);
    await terminal.out.write(format === 'json' ? resultAsJson(result) : resultAsText(result));
    if (result.differences.length > 0) throw new OperatorError('The totals differ.');
  } catch (error) {
    if (signal.aborted)
      throw new OperatorError(format === 'json' ? 'Interrupted.' : '\nInterrupted.', { cause: error });
    throw error;
  } finally {
    over.abort(); // whatever is still under way after a failure
  }
}

interface Run {
  readonly options: DemoOptions;
  readonly settings: DemoSettings;
  readonly run: string;
  readonly catalogue: Catalogue;
  readonly api: OrderApiClient;
  readonly databases: Databases;
  readonly line: ProgressLine;
}

async function placeAndFollow(
  { options, settings, run, catalogue, api, databases, line }: Run,
  signal: AbortSignal,
): Promise<DemoResult> {
  const { orders, concurrency } = options;
  const journeys = new Journeys();
  const placed: PlacedOrder[] = [];
  const started = performance.now();
  const secondsSince = (): number => (performance.now() - started) / 1_000;
  const onPlaced = (order: PlacedOrder): void => {
    placed.push(order);
    journeys.placed(order.id);
  };
  const following = { journeys, orders, group: settings.KAFKA_GROUP, line, patienceMs };
  const [placingSeconds] = await Promise.all([
    placeOrders(api, { run, orders, concurrency, catalogue, onPlaced }, signal).then(secondsSince),
    followOrders(databases, following, signal),
  ]);
  signal.throwIfAborted();
  const seconds = secondsSince();
  await line.end(journeys.counts, seconds);

  const answered = totalsOf(
    placed.map(({ user_id, currency, total }) => ({ userId: user_id, currency, total })),
  );
  const [stored, projected] = await Promise.all([
    readOrderTotals(databases.orders, catalogue.buyers),
    readProjectedTotals(databases.sales, catalogue.buyers),
  ]);
  return {
    orders,
    placingSeconds,
    seconds,
    commitToKafka: percentilesOf(journeys.msToKafka),
    commitToProjection: percentilesOf(journeys.msToProjection),
    commitTimes: journeys.commitTimesTracked ? 'pg_xact_commit_timestamp' : 'created_at',
    buyers: catalogue.buyers.length,
    totals: stored,
    differences: differencesAmong([answered, stored, projected]),
  };
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new OperatorError(`The operator's token cannot be read from ${file}: npm start writes it.`, {
      cause: error,
    });
  }
  // Here rather than where it becomes a header: that error would show what is in the file.
  if (/^[\w.~+/-]+=*$/.test(token)) return token;
  throw new OperatorError(`${file} holds no token: npm start writes one.`);
}
