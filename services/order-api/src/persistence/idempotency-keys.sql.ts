import type { EntityManager } from '@mikro-orm/postgresql';
import type { IdempotencyIdentity, IdempotencyRecord } from '../use-cases/idempotency.ts';
import type { Write } from './write-together.sql.ts';

interface IdempotencyKeyRow {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  readonly request_hash: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly expires_at_ms: number;
}

/** The records of these identities, expired ones too. One look into pk_idempotency_keys each, whatever the table's size. */
export async function findIdempotencyKeys(
  em: EntityManager,
  identities: readonly IdempotencyIdentity[],
): Promise<readonly IdempotencyRecord[]> {
  const rows = await em.execute<IdempotencyKeyRow[]>(
    `select found.* from json_to_recordset(?::json) as wanted (principal text, route text, key text)
     cross join lateral (
       select principal, route, key, request_hash, status, headers, body,
              (extract(epoch from expires_at) * 1000)::float8 as expires_at_ms
       from idempotency_keys k
       where k.principal = wanted.principal and k.route = wanted.route and k.key = wanted.key
       limit 1) as found`,
    [JSON.stringify(identities)],
  );
  return rows.map(
    ({ principal, route, key, request_hash: requestHash, status, headers, body, expires_at_ms }) => ({
      identity: { principal, route, key },
      requestHash,
      answer: { status, headers, body },
      expiresAt: new Date(expires_at_ms),
    }),
  );
}

/**
 * All records of a unit of work, each where none is or one that had expired at `now`. By pk_idempotency_keys, whose lock
 * on the row makes the verdict the last one: whether the upkeep has deleted an expired record in the meantime does not
 * matter. Returns a row for each that was written: fewer than given, when a record that is still good stands there.
 *
 * @param records of different identities
 */
export function writeIdempotencyKeys(records: readonly IdempotencyRecord[], now: Date): Write {
  return {
    sql: `insert into idempotency_keys (principal, route, key, request_hash, status, headers, body, expires_at)
     select principal, route, key, request_hash, status, headers, body, expires_at
     from json_to_recordset(?::json) as new
       (principal text, route text, key text, request_hash text, status smallint, headers jsonb, body text,
        expires_at timestamptz)
     on conflict (principal, route, key) do update
     set request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers,
         body = excluded.body, expires_at = excluded.expires_at
     where idempotency_keys.expires_at <= ?::timestamptz
     returning true as written`,
    params: [rowsOf(records), now.toISOString()],
  };
}

function rowsOf(records: readonly IdempotencyRecord[]): string {
  return JSON.stringify(
    records.map(({ identity, requestHash, answer, expiresAt }) => ({
      ...identity,
      request_hash: requestHash,
      ...answer,
      expires_at: expiresAt,
    })),
  );
}
