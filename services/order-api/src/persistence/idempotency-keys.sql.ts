import type { EntityManager } from '@mikro-orm/postgresql';
import type { IdempotencyIdentity, IdempotencyRecord } from '../use-cases/idempotency.ts';

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

/** All records of a unit of work in one statement. Refused by pk_idempotency_keys where there is one already. */
export async function insertIdempotencyKeys(
  em: EntityManager,
  records: readonly IdempotencyRecord[],
): Promise<void> {
  await em.execute(
    `insert into idempotency_keys (principal, route, key, request_hash, status, headers, body, expires_at)
     select principal, route, key, request_hash, status, headers, body, expires_at
     from json_to_recordset(?::json) as new
       (principal text, route text, key text, request_hash text, status smallint, headers jsonb, body text,
        expires_at timestamptz)`,
    [rowsOf(records)],
  );
}

/** The same where an expired record stands, whose lock this unit of work holds. */
export async function renewIdempotencyKeys(
  em: EntityManager,
  records: readonly IdempotencyRecord[],
): Promise<void> {
  await em.execute(
    `update idempotency_keys k
     set request_hash = new.request_hash, status = new.status, headers = new.headers, body = new.body,
         expires_at = new.expires_at
     from json_to_recordset(?::json) as new
       (principal text, route text, key text, request_hash text, status smallint, headers jsonb, body text,
        expires_at timestamptz)
     where k.principal = new.principal and k.route = new.route and k.key = new.key`,
    [rowsOf(records)],
  );
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
