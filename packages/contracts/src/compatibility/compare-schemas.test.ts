/** One table of changes, longer than a file should be: it is read as a whole, to see what is missing. */
import { describe, expect, test } from 'vitest';
import type { JsonSchema } from '../json-schema.ts';
import { compareSchemas } from './compare-schemas.ts';

const fields = {
  id: { type: 'string', pattern: '^[a-z]+$' },
  count: { type: 'integer', minimum: 1, maximum: 10 },
  kind: { type: 'string', enum: ['a', 'b'] },
  note: { type: 'string', maxLength: 20 },
  rate: { type: 'number' },
  lines: {
    type: 'array',
    minItems: 1,
    items: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] },
  },
};
const required = ['id', 'count', 'kind', 'lines'];
const released: JsonSchema = { type: 'object', properties: fields, required };

/** The released schema with other fields; `undefined` removes one. */
const withFields = (changed: object): JsonSchema => ({
  ...released,
  properties: Object.fromEntries(
    Object.entries({ ...fields, ...changed }).filter(([, field]) => field !== undefined),
  ),
});
const line = (properties: object, of = ['sku']) => ({
  lines: { ...fields.lines, items: { type: 'object', properties, required: of } },
});
const sku = { type: 'string' };
const narrower = 'those that fitted before need not fit this';
const wider = 'would refuse what this allows';

describe('what disturbs nobody', () => {
  test.each<[string, JsonSchema]>([
    ['nothing', released],
    [
      'another order of fields',
      { ...released, properties: Object.fromEntries(Object.entries(fields).toReversed()) },
    ],
    ['another order of what is required', { ...released, required: required.toReversed() }],
    [
      'words for people',
      { ...released, title: 'T', description: 'D', $id: '/x', examples: [{}], deprecated: true },
    ],
    [
      'words for people in a field',
      withFields({ id: { ...fields.id, description: 'Who.', examples: ['a'] } }),
    ],
  ])('%s', (_what, current) => {
    expect(compareSchemas(released, current)).toEqual([]);
  });

  test.each<[string, JsonSchema, string]>([
    ['an optional field', withFields({ channel: { type: 'string', enum: ['web'] } }), '/channel'],
    [
      'an optional object with required fields',
      withFields({ to: { properties: { a: sku }, required: ['a'] } }),
      '/to',
    ],
    ['an optional field of a line', withFields(line({ sku, colour: sku })), '/lines/*/colour'],
    ['a field that is named like a word for people', withFields({ title: sku }), '/title'],
  ])('%s is an addition', (_what, current, place) => {
    expect(compareSchemas(released, current)).toEqual([
      { kind: 'addition', place, what: 'an optional field was added' },
    ]);
  });
});

describe('what breaks somebody', () => {
  test.each<[string, JsonSchema, string, string, string]>([
    ['removing', withFields({ note: undefined }), '/note', 'was removed', 'consumers read it'],
    [
      'renaming',
      withFields({ note: undefined, remark: { ...fields.note, description: 'N' } }),
      '/note',
      'was renamed to remark',
      'consumers read it',
    ],
    ['removing in a line', withFields(line({}, [])), '/lines/*/sku', 'was removed', 'consumers read it'],
    [
      'a required field more',
      { ...withFields({ to: sku }), required: [...required, 'to'] },
      '/to',
      'a required field was added',
      'do not have it',
    ],
    [
      'a required field of a line more',
      withFields(line({ sku, to: sku }, ['sku', 'to'])),
      '/lines/*/to',
      'a required field was added',
      'do not have it',
    ],
    [
      'an optional field required',
      { ...released, required: [...required, 'note'] },
      '/note',
      'became required',
      narrower,
    ],
    [
      'a required field optional',
      { ...released, required: ['id', 'count', 'kind'] },
      '/lines',
      'became optional',
      'without asking',
    ],
    [
      'another type',
      withFields({ id: { ...fields.id, type: 'integer' } }),
      '/id',
      'type went from "string" to "integer"',
      'need not take the new ones',
    ],
    ['a narrower type', withFields({ rate: { type: 'integer' } }), '/rate', 'type went', narrower],
    [
      'integer to number',
      withFields({ count: { ...fields.count, type: 'number' } }),
      '/count',
      'type went',
      wider,
    ],
    [
      'null allowed',
      withFields({ note: { ...fields.note, type: ['string', 'null'] } }),
      '/note',
      'type went',
      wider,
    ],
    [
      'a lower maximum',
      withFields({ count: { ...fields.count, maximum: 9 } }),
      '/count',
      'maximum went from 10 to 9',
      narrower,
    ],
    [
      'a higher maximum',
      withFields({ count: { ...fields.count, maximum: 11 } }),
      '/count',
      'maximum went',
      wider,
    ],
    [
      'a higher minimum',
      withFields({ count: { ...fields.count, minimum: 2 } }),
      '/count',
      'minimum went',
      narrower,
    ],
    [
      'a lower minimum',
      withFields({ count: { ...fields.count, minimum: 0 } }),
      '/count',
      'minimum went',
      wider,
    ],
    [
      'a shorter text',
      withFields({ note: { ...fields.note, maxLength: 19 } }),
      '/note',
      'maxLength went',
      narrower,
    ],
    [
      'a longer text',
      withFields({ note: { ...fields.note, maxLength: 21 } }),
      '/note',
      'maxLength went',
      wider,
    ],
    [
      'an empty list allowed',
      withFields({ lines: { ...fields.lines, minItems: 0 } }),
      '/lines',
      'minItems went',
      wider,
    ],
    [
      'a longest list',
      withFields({ lines: { ...fields.lines, maxItems: 5 } }),
      '/lines',
      'maxItems 5 was added',
      narrower,
    ],
    ['a limit gone', withFields({ note: sku }), '/note', 'maxLength 20 was removed', wider],
    ['a choice less', withFields({ kind: { ...fields.kind, enum: ['a'] } }), '/kind', 'enum went', narrower],
    [
      'a choice more',
      withFields({ kind: { ...fields.kind, enum: ['a', 'b', 'c'] } }),
      '/kind',
      'enum went',
      wider,
    ],
    [
      'another choice',
      withFields({ kind: { ...fields.kind, enum: ['a', 'c'] } }),
      '/kind',
      'enum went',
      'need not take',
    ],
    [
      'another pattern',
      withFields({ id: { ...fields.id, pattern: '^[a-y]+$' } }),
      '/id',
      'pattern went',
      'need not take',
    ],
    [
      'a pattern',
      withFields({ note: { ...fields.note, pattern: '^x' } }),
      '/note',
      'pattern "^x" was added',
      narrower,
    ],
    [
      'a format',
      withFields({ note: { ...fields.note, format: 'email' } }),
      '/note',
      'format "email" was added',
      narrower,
    ],
    ['a constant', withFields({ id: { ...fields.id, const: 'a' } }), '/id', 'const "a" was added', narrower],
    [
      'closing the object',
      { ...released, additionalProperties: false },
      '',
      'additionalProperties false was added',
      narrower,
    ],
    ['a keyword that nobody judged', { ...released, oneOf: [{}] }, '', 'oneOf [{}] was added', narrower],
    [
      'lines of another kind',
      withFields({ lines: { ...fields.lines, items: [sku] } }),
      '/lines',
      'the rule for its elements',
      'need not take',
    ],
    [
      'lines of any kind',
      withFields({ lines: { type: 'array', minItems: 1 } }),
      '/lines',
      'the rule for its elements',
      'need not take',
    ],
    [
      'a rule of a line',
      withFields(line({ sku: { ...sku, minLength: 1 } })),
      '/lines/*/sku',
      'minLength 1 was added',
      narrower,
    ],
  ])('%s', (_what, current, place, what, why) => {
    const changes = compareSchemas(released, current).filter(({ kind }) => kind === 'break');
    expect(changes).toEqual([
      { kind: 'break', place, what: expect.stringContaining(what), why: expect.stringContaining(why) },
    ]);
  });
});
