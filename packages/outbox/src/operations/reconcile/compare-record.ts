import { createHash } from 'node:crypto';
import { DISCARDED_TYPE } from '../../relay/delivery.ts';
import type { LogRecord } from '../event-log.ts';
import type { StoredEvent } from './receipts.sql.ts';

/** What a comparison of a record with the event that should stand there comes to. */
export type Comparison =
  | { readonly result: 'same' }
  | { readonly result: 'other event' }
  | { readonly result: 'other bytes'; readonly parts: readonly string[] };

/** The header that names an event: the same in each of its repetitions, and in the marker of a discarded one. */
const idHeader = 'ce_id';

/**
 * Stamped headers (epoch, replayed) may be there beside the stored ones. A marker, which an operator put in the event's
 * place, has its id and no data.
 */
export function compareRecord(record: LogRecord, event: StoredEvent): Comparison {
  const id = event.headers[idHeader];
  if (record.key !== event.key || (id !== undefined && record.headers[idHeader] !== id)) {
    return { result: 'other event' };
  }
  if (isMarker(record)) return { result: 'same' };
  const parts = Object.entries(event.headers)
    .filter(([name, value]) => record.headers[name] !== value)
    .map(([name]) => `header ${name}`);
  if (sha256(record.value ?? new Uint8Array()) !== event.payloadSha256) parts.unshift('value');
  return parts.length === 0 ? { result: 'same' } : { result: 'other bytes', parts };
}

function isMarker({ headers, value }: LogRecord): boolean {
  return headers['ce_type'] === DISCARDED_TYPE && (value === null || value.byteLength === 0);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
