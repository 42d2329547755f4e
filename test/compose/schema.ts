import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** The schema's text, as kept in the repository; origin and license stand in compose-spec.md. */
export const schemaText = readFileSync(join(import.meta.dirname, 'compose-spec.json'), 'utf8');

// The schema carries formats of its own and unions of types that Ajv's strict mode would ask about.
const validate = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(
  JSON.parse(schemaText),
);

/** What the Compose Specification's schema has against a document; empty when it is valid. */
export function schemaProblems(document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
