import { dataschemaUrl, type EventDefinition } from './event-definition.ts';

/** A JSON Schema as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * An event's JSON Schema (2020-12) as it is served at its `dataschema` URL. Fields that it does not name are allowed:
 * a later version of the same type may add optional ones.
 */
export function jsonSchemaOf(event: EventDefinition, publicUrl: string): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: dataschemaUrl(event, publicUrl),
    title: event.title,
    description: event.summary,
    ...event.schema,
    examples: [event.example],
  };
}
