import { retryable } from '@waybill/retry';
import { done, type Outcome, rejected } from '../domain/rejection.ts';
import {
  judgeAdjustments,
  repeatedAdjustments,
  type StockAdjustment,
  type StockLevel,
} from '../domain/stock.ts';
import type { Author } from './audit.ts';
import { requestHash, type StoredAnswer } from './idempotency.ts';
import { type GivenAnswer, onceUnderKey } from './once-under-key.ts';
import { GREATEST_STOCK } from '../domain/product.ts';
import { type OnRepeat, repeatUnderKey } from './repeat-policy.ts';
import type { Transactions, UnitOfWork } from './unit-of-work.ts';

export interface AdjustStockCommand {
  readonly author: Author;
  readonly idempotencyKey: string;
  readonly adjustments: readonly StockAdjustment[];
}

export interface AdjustStockDependencies {
  readonly transactions: Transactions;
  /** How the new levels are answered, now and to every repetition. */
  readonly presentation: (levels: readonly StockLevel[]) => StoredAnswer;
  readonly now: () => Date;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onRepeat: OnRepeat;
  readonly signal: AbortSignal;
}

/** @throws StorageError when the database stays away: what happened is found by the same key later */
export type AdjustStock = (command: AdjustStockCommand) => Promise<Outcome<GivenAnswer>>;

/** The route that the keys belong to; part of their identity in the database, so it never changes. */
const ROUTE = 'POST /v1/products/stock-adjustments';

/** Adjusts all products or none, once per key. A repeat begins with the key, so a lost commit is found. */
export function adjustStockUseCase(dependencies: AdjustStockDependencies): AdjustStock {
  const { transactions, presentation, now, random, onRepeat, signal } = dependencies;
  const policy = repeatUnderKey(random, onRepeat);
  return async (command) => {
    const repeated = repeatedAdjustments(command.adjustments);
    if (repeated.length > 0) return rejected({ kind: 'repeated-adjustment', lineNumbers: repeated });
    return retryable(
      () => transactions.write((unit) => adjustOnce(unit, command, now(), presentation)),
      policy,
      signal,
    );
  };
}

async function adjustOnce(
  unit: UnitOfWork,
  { author, idempotencyKey, adjustments }: AdjustStockCommand,
  at: Date,
  presentation: AdjustStockDependencies['presentation'],
): Promise<Outcome<GivenAnswer>> {
  const identity = { principal: author.actor, route: ROUTE, key: idempotencyKey };
  const hash = requestHash(adjustments.map(({ productId, delta }) => [productId, delta]));
  return onceUnderKey(unit, { identity, hash, at }, async () => {
    const verdicts = await unit.products.adjust(adjustments);
    const outcome = judgeAdjustments(adjustments, verdicts, GREATEST_STOCK);
    if (outcome.kind === 'rejected') return outcome;
    for (const { productId: rowId, version } of outcome.value) {
      unit.audit.record({ author, action: 'stock.adjusted', table: 'products', rowId, version });
    }
    return done(presentation(outcome.value));
  });
}
