import { Type } from 'typebox';

const uuidPattern = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

/** Lower or upper case on the way in; Waybill writes lower case. No `urn:uuid:`, which PostgreSQL would not read. */
export const Uuid = Type.String({ pattern: uuidPattern, examples: ['0198c0de-0000-7000-8000-000000000001'] });

const uuid = new RegExp(uuidPattern);

export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** numeric(12,2) as text. */
export const Amount = Type.String({ pattern: '^(0|[1-9][0-9]{0,9})\\.[0-9]{2}$', examples: ['12.50'] });

/** On the way in one decimal or none will do. */
export const AmountIn = Type.String({
  pattern: '^(0|[1-9][0-9]{0,9})(\\.[0-9]{1,2})?$',
  examples: ['12.50'],
});

/** ISO 4217. */
export const CurrencyCode = Type.String({ pattern: '^[A-Z]{3}$', examples: ['EUR'] });

/** RFC 3339 in UTC, to the millisecond. */
export const Instant = Type.String({ examples: ['2026-01-31T12:00:00.000Z'] });

/**
 * Text of one line that means something: no control characters (PostgreSQL takes no NUL), no half surrogates (UTF-8
 * has none), not only spaces. Only one character can be the first that is no space, so there is one way to read a
 * text: with several, the time would grow with the square of its length, and a text that is too long is read as well.
 */
export function line(maxLength: number) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: '^\\p{Z}*[^\\p{Cc}\\p{Cs}\\p{Z}][^\\p{Cc}\\p{Cs}]*$',
  });
}

/** One `@`, a dotted domain, no spaces: enough to catch slips; only a letter sent proves an address. */
export const Email = Type.String({
  maxLength: 120,
  pattern: '^[^\\s\\p{Cc}\\p{Cs}@]+@[^\\s\\p{Cc}\\p{Cs}@.]+(\\.[^\\s\\p{Cc}\\p{Cs}@.]+)+$',
  examples: ['ada@example.com'],
});

export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 50 });
export const CursorText = Type.String({
  minLength: 1,
  maxLength: 512,
  description: '`next_cursor` of the page before',
});

/** An object that takes no unknown members. */
export function closed<Properties extends Type.TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}

/**
 * A {@link closed} object that the OpenAPI document, and the clients made from it, know by its name.
 *
 * @param examples whole ones, for bodies: a reader sends them as they are
 */
export function named<Properties extends Type.TProperties>(
  title: string,
  properties: Properties,
  examples?: readonly object[],
) {
  return Type.Object(properties, { additionalProperties: false, title, ...(examples && { examples }) });
}

export function pageOf<Item extends Type.TSchema>(title: string, item: Item) {
  return named(title, {
    data: Type.Array(item),
    has_more: Type.Boolean(),
    next_cursor: Type.Union([Type.String(), Type.Null()], {
      description: '`cursor` of the next page; null at the end',
    }),
  });
}
