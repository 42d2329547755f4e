import { Type } from 'typebox';

const uuidPattern = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const instantPattern = '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z';

/** numeric(12,2) as text: never a float, always two decimals, one spelling per amount. */
export const Money = Type.String({
  pattern: '^(0|[1-9][0-9]{0,9})\\.[0-9]{2}$',
  description: 'An exact amount with two decimals. Read it with a decimal type, never as a float.',
  examples: ['12.50'],
});

/** Which currencies are allowed is the order API's rule. */
export const Currency = Type.String({
  pattern: '^[A-Z]{3}$',
  description: 'ISO 4217, of the currencies with two decimals. An order has one.',
  examples: ['EUR'],
});

/** UUIDs in one spelling, because the text of an order id is the Kafka key. */
export function uuid(description: string) {
  return Type.String({ pattern: `^${uuidPattern}$`, description });
}

/** Fits PostgreSQL's integer. */
export const Version = Type.Integer({
  minimum: 1,
  maximum: 2_147_483_647,
  description: "The order's events are numbered 1, 2, 3 … without a gap, across both topics.",
});

/** What `Date.prototype.toISOString` writes. */
export function instant(description: string) {
  return Type.String({
    format: 'date-time',
    pattern: `^${instantPattern}$`,
    description: `${description} RFC 3339, UTC, in milliseconds.`,
    examples: ['2026-01-31T12:00:00.000Z'],
  });
}

/** A number in a header: decimal digits, no sign, no leading zero. */
export function digits(description: string) {
  return Type.String({ pattern: '^(0|[1-9][0-9]*)$', description });
}

export const EventId = Type.String({
  pattern: `^${uuidPattern}:[1-9][0-9]*$`,
  description: 'The order id and the version, joined by a colon: the same in every delivery of the event.',
});
