import { describe, expect, it } from 'vitest';
import { newId } from '../testing/examples.ts';
import type { IdempotencyRecord } from '../use-cases/idempotency.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';

/** What use cases rely on in idempotency keys. */
export function describeIdempotency(name: string, transactions: () => Transactions): void {
  const write: Transactions['write'] = (work) => transactions().write(work);

  describe(`${name}: idempotency`, () => {
    const now = new Date('2027-01-01T00:00:00.000Z');
    const record = (overrides: Partial<IdempotencyRecord> = {}): IdempotencyRecord => ({
      identity: { principal: newId(), route: 'POST /v1/orders', key: `it's "?" \\ ${newId()}` },
      requestHash: 'a'.repeat(64),
      answer: { status: 201, headers: { location: '/x' }, body: '{"ü": "\\u2028", "b":  1}' },
      expiresAt: new Date(now.getTime() + 1),
      ...overrides,
    });

    it('finds the answer byte for byte until it expires, and then replaces it', async () => {
      const first = record();
      const { identity } = first;
      await write(async ({ idempotency }) => idempotency.put(first, now));
      expect(await write(({ idempotency }) => idempotency.find([identity], now))).toEqual([first]);
      expect(await write(({ idempotency }) => idempotency.find([identity], first.expiresAt))).toEqual([]);

      const second = record({
        identity,
        requestHash: 'b'.repeat(64),
        expiresAt: new Date(now.getTime() + 9),
      });
      await write(async ({ idempotency }) => idempotency.put(second, first.expiresAt));
      expect(await write(({ idempotency }) => idempotency.find([identity], now))).toEqual([second]);
    });

    it('refuses a second answer for a key', async () => {
      const first = record();
      await write(async ({ idempotency }) => idempotency.put(first, now));
      await expect(write(async ({ idempotency }) => idempotency.put(first, now))).rejects.toMatchObject({
        sqlState: '23505',
        constraint: 'pk_idempotency_keys',
      });
    });

    it('gives a lock to one unit of work at a time, without waiting', async () => {
      const [mine, free] = [record().identity, record().identity];
      const got = await write(async ({ idempotency }) => {
        const first = await idempotency.tryLock([mine]);
        const other = await write((unit) => unit.idempotency.tryLock([free, mine]));
        return { first, again: await idempotency.tryLock([mine]), other };
      });
      expect(got).toEqual({ first: [true], again: [true], other: [true, false] });
      expect(await write(({ idempotency }) => idempotency.tryLock([mine]))).toEqual([true]);
    });
  });
}
