import { pgStorage } from '@waybill/inbox';
import type { ClientBase, Pool } from 'pg';
import { limitTransaction, type TransactionLimits } from './limit-transaction.sql.ts';

/**
 * Whoever stops the counting of what serves does it for less than a second in all, whatever happens: the wait for the
 * lock counts, because batches queue behind it, and the last limit ends the session by force.
 */
export const shortLimits: TransactionLimits = { lockMs: 250, statementMs: 300, wholeMs: 1_000 };

/** lock_not_available, query_canceled (by the statement limit), transaction_timeout */
const tookTooLong = new Set(['55P03', '57014', '25P04']);

/** Runs `work` in a transaction with those limits. @returns undefined when one was reached: nothing is done then */
export async function inShortTransaction<Result>(
  pool: Pool,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await pgStorage(pool).transaction(async ({ tx }) => {
      await limitTransaction(tx, shortLimits);
      return await work(tx);
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && tookTooLong.has(String(error.code))) return undefined;
    throw error;
  }
}
