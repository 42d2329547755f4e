import { type JsonSchema, jsonSchemaOf, plainSchema } from '../json-schema.ts';
import { DiscardedHeaders, EventHeaders } from '../headers.ts';
import { orderEvents } from '../order-events.ts';
import { topics } from '../topics.ts';

/** Everything that consumers rely on, as plain data. */
export interface ContractSet {
  /** By the event's type. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** The headers of an event, and those of a marker. */
  readonly headers: Readonly<Record<string, JsonSchema>>;
  /** By the topic's name. */
  readonly topics: Readonly<Record<string, ReleasedTopic>>;
}

export interface ReleasedTopic {
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
  /** The types of its events. */
  readonly types: readonly string[];
}

/** What the definitions say today. */
export function currentContracts(): ContractSet {
  return {
    // Relative ids: where the schemas are served is not part of the contract.
    schemas: Object.fromEntries(orderEvents.map((event) => [event.type, jsonSchemaOf(event, '')])),
    headers: { event: plainSchema(EventHeaders), discarded: plainSchema(DiscardedHeaders) },
    topics: Object.fromEntries(
      topics.map(({ name, partitions, config }) => [
        name,
        {
          partitions,
          config,
          types: orderEvents.filter(({ topic }) => topic === name).map(({ type }) => type),
        },
      ]),
    ),
  };
}
