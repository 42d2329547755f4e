import { decodeEvent } from '@waybill/contracts';
import { applyBatch, type BatchOutcome, type InboxEvent } from '@waybill/inbox';
import type { ReceivedBatch, ReceivedMessage } from '@waybill/kafka';
import type { ClientBase, Pool } from 'pg';
import { totalChanges } from './domain/total-change.ts';
import { addToBuyerTotals } from './persistence/buyer-totals.sql.ts';

export interface Projection {
  readonly pool: Pool;
  /** The consumer group; its gates say what was applied. */
  readonly group: string;
}

/**
 * Applies one delivery in one transaction: gates, events kept for later, and totals commit together. Once it has
 * resolved the delivery's offsets may be committed.
 *
 * @throws ContractError or DivergedEventError for an event that no repetition mends: its partition then stands until
 * somebody acts; what pg throws when the database is away
 */
export async function projectBatch(
  { pool, group }: Projection,
  { topic, messages }: Pick<ReceivedBatch, 'topic' | 'messages'>,
): Promise<BatchOutcome> {
  const events = messages.map((message) => toInboxEvent(topic, message));
  const client = await pool.connect();
  let broken: Error | undefined;
  // Between two statements nobody else hears that the connection broke, and an error event without ears is a crash.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await applyBatch(client, { group, events, handler: addTotals });
  } catch (error) {
    // Perhaps a statement is under way yet, or the transaction open: this connection is not for the next batch.
    broken ??= error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** @throws ContractError when it is no event of an order */
function toInboxEvent(topic: string, { headers, value }: ReceivedMessage): InboxEvent {
  const { key, version, epoch, payload } = decodeEvent(headers, value);
  return { topic, key, version, epoch, payload, headers };
}

async function addTotals(client: ClientBase, events: readonly InboxEvent[]): Promise<void> {
  const decoded = events.map(({ headers, payload }) => decodeEvent(headers, payload));
  await addToBuyerTotals(client, totalChanges(decoded));
}
