import { ContractError } from './contract-error.ts';
import { discardedEvent } from './discarded.ts';
import type { OrderEventData } from './event-definition.ts';
import { type OrderCancelled, orderCancelled } from './order-cancelled.ts';
import { type OrderPlaced, orderPlaced } from './order-placed.ts';

const discardedType = discardedEvent.type;

interface Decoded<Type extends string, Data extends OrderEventData | null> {
  readonly type: Type;
  /** The order id. */
  readonly key: string;
  readonly version: number;
  /** How many times the source's numbering began anew; 0 where the relay stamped none. */
  readonly epoch: number;
  /** RFC 3339. */
  readonly time: string;
  /** Exactly the text that came. */
  readonly payload: string;
  readonly data: Data;
}

export type OrderEvent =
  | Decoded<'waybill.order.placed.v1', OrderPlaced>
  | Decoded<'waybill.order.cancelled.v1', OrderCancelled>
  /** Nothing happened that a consumer may know of; the order's versions go on after it. */
  | Decoded<typeof discardedType, null>;

/** Headers as a Kafka client gives them: text or bytes; anything else counts as absent. */
export type ReceivedHeaders = Readonly<Record<string, unknown>>;

/**
 * Reads an event of an order from a Kafka message and holds its headers against its data.
 *
 * @throws ContractError for an unknown type, a body that is no JSON or does not fit, headers that contradict it
 */
export function decodeEvent(headers: ReceivedHeaders, value: string | Uint8Array | null): OrderEvent {
  const type = headerText(headers, 'ce_type') ?? 'an event without ce_type';
  const payload = value === null ? '' : toText(value);
  switch (type) {
    case 'waybill.order.placed.v1':
      return {
        type,
        ...withEnvelope(type, headers, payload, orderPlaced.parseRead(parseJson(type, payload))),
      };
    case 'waybill.order.cancelled.v1':
      return {
        type,
        ...withEnvelope(type, headers, payload, orderCancelled.parseRead(parseJson(type, payload))),
      };
    case discardedType:
      return { type, ...markerOf(headers, payload) };
    default:
      throw new ContractError('event-type-unknown', type, ['this consumer does not know the type']);
  }
}

function withEnvelope<Data extends OrderEventData>(
  type: string,
  headers: ReceivedHeaders,
  payload: string,
  data: Data,
) {
  const { order_id: key, version } = data;
  return { key, version, payload, data, ...envelopeOf(type, headers, key, String(version)) };
}

/** A marker has no data to hold its headers against: they are held against each other. */
function markerOf(headers: ReceivedHeaders, payload: string) {
  const key = headerText(headers, 'ce_subject') ?? '';
  const version = headerText(headers, 'ce_orderversion') ?? '';
  const envelope = envelopeOf(discardedType, headers, key, version);
  const isWhole = key !== '' && /^[1-9]\d{0,8}$/.test(version);
  if (!isWhole)
    throw new ContractError('event-envelope-wrong', discardedType, ['it names no order or version']);
  return { key, version: Number(version), payload, data: null, ...envelope };
}

function envelopeOf(type: string, headers: ReceivedHeaders, key: string, version: string) {
  const expected = {
    ce_specversion: '1.0',
    ce_id: `${key}:${version}`,
    ce_subject: key,
    ce_orderversion: version,
  };
  const problems = Object.entries(expected)
    .filter(([name, text]) => headerText(headers, name) !== text)
    .map(([name]) => `header ${name} is missing or contradicts the body`);
  const epoch = headerText(headers, 'ce_epoch') ?? '0';
  if (!/^\d{1,9}$/.test(epoch)) problems.push('header ce_epoch is no number');
  const time = headerText(headers, 'ce_time') ?? '';
  if (Number.isNaN(Date.parse(time))) problems.push('header ce_time is missing or no time');
  if (problems.length > 0) throw new ContractError('event-envelope-wrong', type, problems);
  return { epoch: Number(epoch), time };
}

function parseJson(type: string, payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch (cause) {
    throw new ContractError('event-not-json', type, ['the body is no JSON'], { cause });
  }
}

function headerText(headers: ReceivedHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value instanceof Uint8Array ? toText(value) : undefined;
}

function toText(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}
