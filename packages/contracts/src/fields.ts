import { Type } from 'typebox';

/** numeric(12,2) as text: never a float, always two decimals, one spelling per amount. */
export const Money = Type.String({ pattern: '^(0|[1-9][0-9]{0,9})\\.[0-9]{2}$', examples: ['12.50'] });

/** ISO 4217. Which currencies are allowed is the order API's rule; all of them have two decimals. */
export const Currency = Type.String({ pattern: '^[A-Z]{3}$', examples: ['EUR'] });

/** UUIDs in one spelling, because the text of an order id is the Kafka key. */
export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
});

/** An order's events are numbered 1, 2, 3 … without a gap; fits PostgreSQL's integer. */
export const Version = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

/** RFC 3339 with milliseconds, in UTC: what `Date.prototype.toISOString` writes. */
export const Instant = Type.String({
  format: 'date-time',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
  examples: ['2026-01-31T12:00:00.000Z'],
});
