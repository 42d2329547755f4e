import { discardedEvent } from '../discarded.ts';
import type { EventDefinition } from '../event-definition.ts';
import { encodeEvent } from '../encode.ts';
import { DiscardedHeaders, EventHeaders } from '../headers.ts';
import { type JsonSchema, plainSchema } from '../json-schema.ts';
import { orderEvents } from '../order-events.ts';
import { orderPlaced } from '../order-placed.ts';
import { topicOf } from '../topics.ts';

export interface Reference {
  readonly $ref: string;
}

export interface AsyncApiChannel {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, Reference>>;
  readonly bindings: {
    readonly kafka: {
      readonly partitions: number;
      readonly topicConfiguration: Readonly<Record<string, unknown>>;
      readonly bindingVersion: string;
    };
  };
}

export interface AsyncApiMessage {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly contentType?: string;
  readonly headers: JsonSchema;
  /** Absent where the value is empty. */
  readonly payload?: Reference;
  readonly bindings: { readonly kafka: { readonly key: JsonSchema; readonly bindingVersion: string } };
  readonly examples: readonly [AsyncApiExample];
}

export interface AsyncApiExample {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: unknown;
}

export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly id: string;
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string };
  };
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  readonly operations: Readonly<Record<string, object>>;
  readonly components: {
    readonly messages: Readonly<Record<string, AsyncApiMessage>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

const bindingVersion = '0.5.0';

/**
 * What Waybill publishes, as an AsyncAPI 3.0 document. It names no servers: the order API that serves it does not know
 * the brokers, and their addresses are the operator's to give out.
 *
 * @param publicUrl the order API's, absolute; the schemas are served below it
 */
export function asyncApiDocument(publicUrl: string): AsyncApiDocument {
  return {
    asyncapi: '3.0.0',
    id: 'urn:waybill:orders',
    info: {
      title: 'Waybill: events of orders',
      version: '1.0.0',
      description: [
        'Every change of an order is an event: CloudEvents 1.0 in Kafka binary mode, key = order id, value = JSON.',
        "An order's events are numbered 1, 2, 3 … across both topics (ce_orderversion). Each arrives at least once; ce_id is the same in every delivery.",
        'Additions are optional fields and come without notice: let unknown ones through. Everything else is a new type that ends in v2.',
      ].join('\n\n'),
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(orderEvents.map((event) => [event.topic, channelOf(event)])),
    operations: Object.fromEntries(
      orderEvents.map((event) => [
        `publish_${event.topic}`,
        {
          action: 'send',
          channel: { $ref: `#/channels/${event.topic}` },
          title: `Publish ${event.topic}`,
          summary: event.summary,
        },
      ]),
    ),
    components: {
      messages: {
        ...Object.fromEntries(orderEvents.map((event) => [event.topic, messageOf(event, publicUrl)])),
        [discarded]: discardedMessage(publicUrl),
      },
      schemas: Object.fromEntries(orderEvents.map((event) => [event.type, plainSchema(event.schema)])),
    },
  };
}

const discarded = 'event_discarded';

function channelOf(event: EventDefinition): AsyncApiChannel {
  const { topic, title, summary } = event;
  const { partitions, config } = topicOf(event);
  return {
    address: topic,
    title,
    description: summary,
    messages: {
      [topic]: { $ref: `#/components/messages/${topic}` },
      [discarded]: { $ref: `#/components/messages/${discarded}` },
    },
    bindings: {
      kafka: {
        partitions,
        topicConfiguration: {
          'cleanup.policy': [config['cleanup.policy']],
          'retention.ms': Number(config['retention.ms']),
        },
        bindingVersion,
      },
    },
  };
}

function messageOf(event: EventDefinition, publicUrl: string): AsyncApiMessage {
  return {
    name: event.type,
    title: event.title,
    summary: event.summary,
    contentType: 'application/json',
    headers: plainSchema(EventHeaders),
    payload: { $ref: `#/components/schemas/${event.type}` },
    bindings: { kafka: { key: orderIdKey, bindingVersion } },
    examples: [{ name: event.title, headers: exampleHeaders(event, publicUrl), payload: event.example }],
  };
}

function discardedMessage(publicUrl: string): AsyncApiMessage {
  const { 'content-type': _type, ce_dataschema: _schema, ...kept } = exampleHeaders(orderPlaced, publicUrl);
  return {
    name: discardedEvent.type,
    title: discardedEvent.title,
    summary: discardedEvent.summary,
    headers: plainSchema(DiscardedHeaders),
    bindings: { kafka: { key: orderIdKey, bindingVersion } },
    examples: [{ name: discardedEvent.title, headers: { ...kept, ce_type: discardedEvent.type } }],
  };
}

const orderIdKey: JsonSchema = { type: 'string', format: 'uuid', description: 'The order id.' };

/** As the relay sends it. */
function exampleHeaders(event: EventDefinition, publicUrl: string): Readonly<Record<string, string>> {
  const { headers } = encodeEvent(event, {
    data: event.example,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    publicUrl,
    time: new Date('2026-01-31T12:00:00.000Z'),
  });
  return { ...headers, ce_epoch: '1' };
}
