import { ContractError } from './contract-error.ts';
import { dataschemaUrl, type EventDefinition, type OrderEventData } from './event-definition.ts';
import { type OrderCancelled, orderCancelled } from './order-cancelled.ts';
import { type OrderPlaced, orderPlaced } from './order-placed.ts';

/** An event ready for the outbox. */
export interface EncodedEvent {
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly type: string;
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Envelope<Data> {
  readonly data: Data;
  /** W3C Trace Context, version 00. */
  readonly traceparent: string;
  /** The order API's public address, absolute, with or without a path. */
  readonly publicUrl: string;
  /** When it happened. */
  readonly time: Date;
}

/** @throws ContractError when the data or its envelope does not fit; nothing may be written then */
export function encodeOrderPlaced(envelope: Envelope<OrderPlaced>): EncodedEvent {
  return encodeEvent(orderPlaced, envelope);
}

/** @throws ContractError when the data or its envelope does not fit; nothing may be written then */
export function encodeOrderCancelled(envelope: Envelope<OrderCancelled>): EncodedEvent {
  return encodeEvent(orderCancelled, envelope);
}

/**
 * CloudEvents 1.0, Kafka binary mode. `ce_epoch` and `ce_replayed` are stamped by the relay when it sends.
 *
 * @throws ContractError when the data or its envelope does not fit
 */
export function encodeEvent(definition: EventDefinition, envelope: Envelope<OrderEventData>): EncodedEvent {
  const { topic, type } = definition;
  const { order_id: key, version } = envelope.data;
  definition.checkWritten(envelope.data);
  checkEnvelope(type, envelope);
  return {
    topic,
    key,
    version,
    type,
    payload: JSON.stringify(envelope.data),
    headers: {
      ce_specversion: '1.0',
      ce_id: `${key}:${version}`,
      ce_type: type,
      ce_source: '/waybill/orders',
      ce_subject: key,
      ce_time: envelope.time.toISOString(),
      ce_orderversion: String(version),
      ce_dataschema: dataschemaUrl(definition, envelope.publicUrl),
      'content-type': 'application/json',
      traceparent: envelope.traceparent,
    },
  };
}

/** All zeros is invalid for both ids (W3C Trace Context, 3.2.2). */
const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function checkEnvelope(type: string, { traceparent, publicUrl, time }: Envelope<OrderEventData>): void {
  const problems: string[] = [];
  if (!traceparentPattern.test(traceparent))
    problems.push('traceparent is not a W3C trace context of version 00');
  if (!/^https?:\/\//.test(publicUrl) || !URL.canParse(publicUrl))
    problems.push('publicUrl is no absolute URL');
  if (Number.isNaN(time.getTime())) problems.push('time is no date');
  if (problems.length > 0) throw new ContractError('event-envelope-wrong', type, problems);
}
