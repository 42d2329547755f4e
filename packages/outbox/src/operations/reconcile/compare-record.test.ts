import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../event-log.ts';
import { compareRecord } from './compare-record.ts';
import type { StoredEvent } from './receipts.sql.ts';

const value = Buffer.from('{"total":"1.00"}');
const event: StoredEvent = {
  topic: 'placed',
  key: 'k',
  version: 2,
  headers: { ce_id: 'k:2', ce_type: 'placed.v1' },
  payloadSha256: createHash('sha256').update(value).digest('hex'),
};
const record: LogRecord = {
  offset: 7n,
  key: 'k',
  value,
  headers: { ...event.headers, ce_epoch: '1', ce_replayed: 'true' },
  time: new Date(0),
};

describe('a record and the event that should stand there', () => {
  it('are the same, whatever the send has stamped on it', () => {
    expect(compareRecord(record, event)).toEqual({ result: 'same' });
  });

  it.each([{ key: 'other' }, { headers: { ...record.headers, ce_id: 'k:1' } }])(
    'are different events by key or id: %j',
    (part) => {
      expect(compareRecord({ ...record, ...part }, event)).toEqual({ result: 'other event' });
    },
  );

  it.each([
    [{ value: Buffer.from('{"total":"1.0"}') }, ['value']],
    [{ value: null }, ['value']],
    [{ headers: { ce_id: 'k:2' } }, ['header ce_type']],
  ])('have other bytes: %j', (part, parts) => {
    expect(compareRecord({ ...record, ...part }, event)).toEqual({ result: 'other bytes', parts });
  });

  it('are the same when an operator’s marker stands in its place, which has its id and no data', () => {
    const marker = {
      ...record,
      value: null,
      headers: { ce_id: 'k:2', ce_type: 'waybill.event.discarded.v1' },
    };
    expect(compareRecord(marker, event)).toEqual({ result: 'same' });
    expect(compareRecord({ ...marker, value }, event)).toEqual({
      result: 'other bytes',
      parts: ['header ce_type'],
    });
  });
});
