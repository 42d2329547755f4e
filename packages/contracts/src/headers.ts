import { type Static, Type } from 'typebox';
import { digits, EventId, instant, uuid } from './fields.ts';

/** What every message carries, the marker of a discarded event too. */
const envelope = {
  ce_specversion: Type.Literal('1.0', { description: 'CloudEvents 1.0, Kafka binary mode.' }),
  ce_id: EventId,
  ce_type: Type.String({ description: 'Says which data to expect, and its major version.' }),
  ce_source: Type.Literal('/waybill/orders', { description: 'Together with ce_id unique.' }),
  ce_subject: uuid('The order id: the same as the key.'),
  ce_time: instant('When it happened.'),
  ce_orderversion: Type.String({
    pattern: '^[1-9][0-9]*$',
    description: "The event's number in its order's history, from 1 and without a gap.",
  }),
  traceparent: Type.String({
    pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
    description: 'W3C Trace Context of the request that caused the event.',
  }),
  ce_epoch: Type.Optional(
    digits(
      'Stamped by the relay: how many times the source was restored or failed over. A known version with other data and a higher epoch is a divergence.',
    ),
  ),
  ce_replayed: Type.Optional(
    Type.Literal('true', {
      description:
        'Stamped by the relay on an event that is sent once more on purpose. Nothing new happened.',
    }),
  ),
};

/** The headers of an event with data. All values are UTF-8 text. */
export const EventHeaders = Type.Object({
  ...envelope,
  ce_dataschema: Type.String({
    pattern: '^https?://.',
    description: 'Where the JSON Schema of the data is served.',
  }),
  'content-type': Type.Literal('application/json', { description: 'What the value is.' }),
});

/** The headers of a marker: nothing that speaks of data. */
export const DiscardedHeaders = Type.Object(envelope);

export type EventHeaders = Static<typeof EventHeaders>;
