import { describe, expect, it } from 'vitest';
import { encodeHeaders, recordHeadersOf } from '../record-headers.ts';
import type { Step } from './cursor.ts';
import { deliveryOf, DISCARDED_TYPE, messagesOf, type ParkedRow } from './delivery.ts';
import { UnsendableEventError } from './failure-class.ts';

const row = (seq: number, key: string) => ({
  seq: BigInt(seq),
  key,
  payload: `{"seq":${seq}}`,
  headers: '{"ce_id":"x:1","ce_type":"t","content-type":"application/json","ce_dataschema":"http://x"}',
});
const step: Step = {
  kind: 'fresh',
  rows: [row(1, 'a'), row(2, 'b'), row(3, 'a')],
  next: { position: 3n, snapshot: '1:1:', floor: 0n, drain: null },
};
const parked = (seq: number, wish: ParkedRow['wish']): ParkedRow => ({
  ...row(seq, 'a'),
  reason: 'INVALID_RECORD',
  attempts: 1,
  wish,
});

describe('a step', () => {
  it('is sent as it is while nothing is parked', () => {
    expect(deliveryOf(step, new Map()).rows).toBe(step.rows);
  });

  it('leaves the events of a parked key behind that key’s first one, in order', () => {
    const { rows, parked: behind } = deliveryOf(step, new Map([['a', 1n]]));
    expect(rows.map(({ seq }) => seq)).toEqual([2n]);
    expect(behind).toEqual(
      [1n, 3n].map((seq) => ({
        seq,
        reason: 'PREDECESSOR_PARKED',
        detail: '',
        attempts: 0,
        retryInMs: null,
      })),
    );
  });
});

describe('a step that comes once more after a restore', () => {
  it('leaves what was published before its key’s first parked event in front of it', () => {
    const { rows, parked: behind } = deliveryOf(step, new Map([['a', 3n]]));
    expect(rows.map(({ seq }) => seq)).toEqual([1n, 2n]);
    expect(behind.map(({ seq }) => seq)).toEqual([3n]);
  });
});

describe('a message', () => {
  it('is the stored text with the stored headers and the epoch', () => {
    const [message] = messagesOf(deliveryOf(step, new Map()), 7);
    expect(message).toEqual({
      key: 'a',
      value: '{"seq":1}',
      headers: { ...JSON.parse(row(1, 'a').headers), ce_epoch: '7' },
    });
  });

  it.each([
    ['as it is written', row(1, 'a').headers],
    ['with an escape', '{"ce_id":"\\u0078:1"}'],
    ['with an epoch of its own', '{"ce_epoch":"3","ce_id":"x:1"}'],
    ['with a name twice', '{"ce_id":"y","ce_id":"x:1"}'],
    ['empty', '{}'],
  ])('has the same headers for whoever takes them as bytes, stored %s', (_how, headers) => {
    const batch: Step = { ...step, rows: [{ ...row(1, 'a'), headers }, row(2, 'b')] };
    for (const [nth, message] of messagesOf(deliveryOf(batch, new Map()), 7).entries()) {
      const stored = batch.rows[nth]?.headers ?? '';
      expect(message.headers).toEqual({ ...JSON.parse(stored), ce_epoch: '7' });
      const expected = encodeHeaders(message.headers);
      const { bytes, from, to } = recordHeadersOf(message) ?? expected;
      expect(bytes.subarray(from, to).equals(expected.bytes)).toBe(true);
    }
  });

  it('says that it is a replay', () => {
    const rows = [{ ...row(1, 'a'), isDiscarded: false }];
    const [message] = messagesOf({ kind: 'replay', rows, replayId: 1n, position: 1n, isLast: true }, 7);
    expect(message?.headers['ce_replayed']).toBe('true');
  });

  it('is a marker again when what was discarded is replayed, and the event beside it is whole', () => {
    const rows = [
      { ...row(1, 'a'), isDiscarded: true },
      { ...row(2, 'a'), isDiscarded: false },
    ];
    const [marker, event] = messagesOf({ kind: 'replay', rows, replayId: 1n, position: 2n, isLast: true }, 7);
    expect(marker?.value).toBe('');
    expect(marker?.headers).toMatchObject({ ce_type: DISCARDED_TYPE, ce_epoch: '7', ce_replayed: 'true' });
    expect(event).toMatchObject({ value: '{"seq":2}', headers: { ce_replayed: 'true' } });
  });

  it('is a marker without data in place of a discarded event, and only there', () => {
    const rows = [parked(1, 'discard'), parked(2, 'redrive')];
    const [marker, event] = messagesOf({ kind: 'redrive', key: 'a', rows }, 7);
    expect(marker).toEqual({
      key: 'a',
      value: '',
      headers: { ce_id: 'x:1', ce_type: 'waybill.event.discarded.v1', ce_epoch: '7' },
    });
    expect(event?.value).toBe('{"seq":2}');
  });

  it.each(['[]', '"x"', 'null', '{"a":1}', '{"a":null}', '{"a":{"b":"c"}}'])(
    'cannot be made with the headers %s',
    (headers) => {
      const odd: Step = { ...step, rows: [{ ...row(1, 'a'), headers }] };
      expect(() => messagesOf(deliveryOf(odd, new Map()), 1)).toThrow(UnsendableEventError);
    },
  );

  it('cannot be made of a payload that no broker would read', () => {
    const huge: Step = { ...step, rows: [{ ...row(1, 'a'), payload: 'x'.repeat(2 ** 25 + 1) }] };
    expect(() => messagesOf(deliveryOf(huge, new Map()), 1)).toThrow(UnsendableEventError);
  });

  it.each([
    ['{"ce_id":"x:1","odd":7}', { ce_id: 'x:1' }],
    ['[1]', {}],
    ['null', {}],
  ])('is a marker even where the headers %s are why the event is discarded', (headers, kept) => {
    const rows = [{ ...parked(1, 'discard'), headers }];
    const [marker] = messagesOf({ kind: 'redrive', key: 'a', rows }, 7);
    expect(marker?.headers).toEqual({ ...kept, ce_type: 'waybill.event.discarded.v1', ce_epoch: '7' });
  });
});
