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
    ...plainSchema(event.schema),
    examples: [event.example],
  };
}

/** A definition's schema as the plain JSON that it is written as, without what its library keeps in it. */
export function plainSchema(schema: object): JsonSchema {
  const json: unknown = JSON.parse(JSON.stringify(schema));
  return isSchema(json) ? json : {};
}

/** Whether it is an object: every schema here is one, `true` and `false` are not used. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
