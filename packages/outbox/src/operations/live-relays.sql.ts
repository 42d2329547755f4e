import type { Queryable } from '../relay/relay-database.ts';

/** A relay whose lease has not ended. */
export interface LiveRelay {
  readonly relayId: string;
  readonly host: string;
  readonly heartbeatAgeMs: number;
  readonly leaseLeftMs: number;
  readonly lanes: number;
  /** How far its clock is ahead of the database's, in ms; null before it said. Includes the way to the database. */
  readonly clockAheadMs: number | null;
  readonly backingOff: readonly BackingOff[];
}

/** A lane that its owner waits with after a failure, as the newest heartbeat told. */
export interface BackingOff {
  readonly lane: number;
  /** Whose fault the failure was: `broker`, for example. */
  readonly class: string;
  /** Kafka's error name, or a socket's. */
  readonly code: string;
  /** ISO 8601, by the relay's clock. */
  readonly since: string;
  /** In a row. */
  readonly failures: number;
}

/** A few rows of two small tables. */
const LIVE_RELAYS = `
select r.relay_id, r.host,
       extract(epoch from clock_timestamp() - r.heartbeat)::float8 * 1000 as heartbeat_age_ms,
       extract(epoch from r.lease_until - clock_timestamp())::float8 * 1000 as lease_left_ms,
       (select count(*)::integer from outbox_lane l where l.owner = r.relay_id) as lanes,
       extract(epoch from r.host_clock - r.heartbeat)::float8 * 1000 as clock_ahead_ms,
       r.backing_off
from outbox_relay r
where r.lease_until > clock_timestamp()
order by r.host, r.relay_id`;

interface Row {
  relay_id: string;
  host: string;
  heartbeat_age_ms: number;
  lease_left_ms: number;
  lanes: number;
  clock_ahead_ms: number | null;
  backing_off: BackingOff[];
}

/** @returns the relays that live, by host */
export async function readLiveRelays(database: Queryable): Promise<LiveRelay[]> {
  const { rows } = await database.query<Row>({ text: LIVE_RELAYS, values: [] });
  return rows.map((row) => ({
    relayId: row.relay_id,
    host: row.host,
    heartbeatAgeMs: Math.round(row.heartbeat_age_ms),
    leaseLeftMs: Math.max(0, Math.round(row.lease_left_ms)),
    lanes: row.lanes,
    clockAheadMs: row.clock_ahead_ms === null ? null : Math.round(row.clock_ahead_ms),
    backingOff: row.backing_off,
  }));
}
