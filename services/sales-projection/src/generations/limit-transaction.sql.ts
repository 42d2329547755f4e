import type { ClientBase } from 'pg';

/** In ms. */
export interface TransactionLimits {
  readonly lockMs: number;
  readonly statementMs: number;
  readonly wholeMs: number;
}

/** Of the transaction at hand; they end with it. */
export async function limitTransaction(
  client: ClientBase,
  { lockMs, statementMs, wholeMs }: TransactionLimits,
): Promise<void> {
  await client.query(
    `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
       set_config('transaction_timeout', $3, true)`,
    [String(lockMs), String(statementMs), String(wholeMs)],
  );
}
