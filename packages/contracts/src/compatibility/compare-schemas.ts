import { isDeepStrictEqual } from 'node:util';
import { isSchema, type JsonSchema } from '../json-schema.ts';
import { type Change, whyItBreaks } from './change.ts';
import { ruleChanges } from './rule-change.ts';

/**
 * Everything in which a schema is not what was released, at any depth. Only an optional field more is an addition:
 * consumers let unknown fields through, and old events need not have it.
 *
 * @param place where the schema stands: '' for the whole, `/items/*` for the elements of a list
 */
export function compareSchemas(released: JsonSchema, current: JsonSchema, place = ''): Change[] {
  return [
    ...ruleChanges(released, current, place),
    ...compareFields(released, current, place),
    ...compareItems(released['items'], current['items'], place),
  ];
}

function compareItems(released: unknown, current: unknown, place: string): Change[] {
  if (isSchema(released) && isSchema(current)) return compareSchemas(released, current, `${place}/*`);
  if (isDeepStrictEqual(released, current)) return [];
  const what = 'the rule for its elements came, went or became one of another kind';
  return [{ kind: 'break', place, what, why: whyItBreaks.other }];
}

function compareFields(released: JsonSchema, current: JsonSchema, place: string): Change[] {
  const [before, after] = [fieldsOf(released), fieldsOf(current)];
  const added = [...after.keys()].filter((name) => !before.has(name));
  return [
    ...[...before].flatMap(([name, field]) => {
      const now = after.get(name);
      const at = `${place}/${name}`;
      if (now === undefined) return [goneField(field, at, after, added)];
      return [...comparePresence(name, released, current, at), ...compareSchemas(field, now, at)];
    }),
    ...added.map((name) => newField(requires(current, name), `${place}/${name}`)),
  ];
}

function goneField(
  field: JsonSchema,
  place: string,
  after: ReadonlyMap<string, JsonSchema>,
  added: readonly string[],
): Change {
  const successor = added.find((name) => compareSchemas(field, after.get(name) ?? {}).length === 0);
  const what = successor === undefined ? 'the field was removed' : `the field was renamed to ${successor}`;
  return { kind: 'break', place, what, why: 'consumers read it by this name' };
}

function newField(isRequired: boolean, place: string): Change {
  if (!isRequired) return { kind: 'addition', place, what: 'an optional field was added' };
  const why = 'the topic keeps events for ever, and those written before do not have it';
  return { kind: 'break', place, what: 'a required field was added', why };
}

function comparePresence(name: string, released: JsonSchema, current: JsonSchema, place: string): Change[] {
  const [before, after] = [requires(released, name), requires(current, name)];
  if (before === after) return [];
  return after
    ? [{ kind: 'break', place, what: 'the field became required', why: whyItBreaks.narrower }]
    : [{ kind: 'break', place, what: 'the field became optional', why: 'consumers read it without asking' }];
}

function fieldsOf({ properties }: JsonSchema): ReadonlyMap<string, JsonSchema> {
  return new Map(
    Object.entries(isSchema(properties) ? properties : {}).map(([name, field]) => [
      name,
      isSchema(field) ? field : {},
    ]),
  );
}

function requires({ required }: JsonSchema, name: string): boolean {
  return Array.isArray(required) && required.includes(name);
}
