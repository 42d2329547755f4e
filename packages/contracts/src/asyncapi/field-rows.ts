import { isSchema, type JsonSchema } from '../json-schema.ts';

/** One field of a schema, as a reader wants it. */
export interface FieldRow {
  /** `total`, `items[].sku`. */
  readonly name: string;
  readonly type: string;
  readonly presence: 'always' | 'sometimes';
  /** What the schema asks of it beyond its type: `1 … 1000`, `matches ^[A-Z]{3}$`; empty when nothing. */
  readonly rule: string;
  readonly description: string;
}

/** The fields of an object's schema, those of objects in arrays behind their array. */
export function fieldRows(schema: JsonSchema, prefix = ''): readonly FieldRow[] {
  const { properties, required } = schema;
  if (!isSchema(properties)) return [];
  return Object.entries(properties).flatMap(([key, field]) => {
    if (!isSchema(field)) return [];
    const name = `${prefix}${key}`;
    const row: FieldRow = {
      name,
      type: textOf(field['type']),
      presence: Array.isArray(required) && required.includes(key) ? 'always' : 'sometimes',
      rule: ruleOf(field),
      description: textOf(field['description']),
    };
    const { items } = field;
    const inner = isSchema(items) ? fieldRows(items, `${name}[].`) : fieldRows(field, `${name}.`);
    return [row, ...inner];
  });
}

function ruleOf(field: JsonSchema): string {
  const { const: fixed, pattern, minLength } = field;
  const rules = [
    range(field['minimum'], field['maximum'], ''),
    range(field['minItems'], field['maxItems'], 'of them'),
    minLength === undefined ? '' : `at least ${textOf(minLength)} character`,
    pattern === undefined ? '' : `matches ${textOf(pattern)}`,
    fixed === undefined ? '' : `always ${JSON.stringify(fixed)}`,
  ];
  return rules.filter((rule) => rule !== '').join(', ');
}

function range(from: unknown, to: unknown, unit: string): string {
  if (from === undefined && to === undefined) return '';
  return `${textOf(from)} … ${textOf(to)} ${unit}`.trim();
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
