import type { Queryable } from './relay-database.ts';
import type { LaneOwnership } from './share.ts';

/** What a heartbeat finds: who else lives, who owns which lane, which lanes an operator has paused. */
export interface Membership {
  readonly epoch: number;
  readonly relays: readonly string[];
  readonly lanes: readonly (LaneOwnership & {
    readonly isPaused: boolean;
    /** Whether there are parked events to try again, or a replay is under way. */
    readonly isDue: boolean;
  })[];
}

const RENEW = `
insert into outbox_relay (relay_id, host, heartbeat, lease_until, host_clock, backing_off)
values ($1, $2, clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond', $4, $5)
on conflict (relay_id) do update
  set heartbeat = excluded.heartbeat, lease_until = excluded.lease_until, host_clock = excluded.host_clock,
      backing_off = excluded.backing_off`;

/** A lane that waits after a failure, as operators see it. */
export interface WaitingLane {
  readonly lane: number;
  readonly class: string;
  readonly code: string;
  /** By the relay's clock, in ms since 1970. */
  readonly since: number;
  readonly failures: number;
}

/** What a relay tells with its heartbeat. */
export interface Renewal {
  readonly relayId: string;
  readonly host: string;
  readonly leaseMs: number;
  /** Nothing is decided by it. */
  readonly hostClock: Date;
  readonly backingOff: readonly WaitingLane[];
}

/** Times that decide are the database's: relays' clocks may differ as they like. One row, updated in place (HOT). */
export async function renewLease(database: Queryable, renewal: Renewal): Promise<void> {
  const { relayId, host, leaseMs, hostClock } = renewal;
  const backingOff = renewal.backingOff.map((waiting) => ({
    lane: waiting.lane,
    class: waiting.class,
    code: waiting.code,
    since: new Date(waiting.since).toISOString(),
    failures: waiting.failures,
  }));
  const values = [relayId, host, leaseMs, hostClock, JSON.stringify(backingOff)];
  await database.query({ name: 'outbox-renew-lease', text: RENEW, values });
}

const MEMBERSHIP = `
select (select epoch from outbox_source) as epoch,
       (select coalesce(array_agg(relay_id::text), '{}') from outbox_relay where lease_until > clock_timestamp()) as relays,
       (select coalesce(json_agg(json_build_object('lane', lane, 'owner', owner, 'isPaused', paused, 'isDue',
          exists (
            select from outbox_parked p
            where p.lane = l.lane and p.next_attempt_at <= clock_timestamp() and not exists (
              select from outbox_parked q where q.lane = p.lane and q.key = p.key and q.seq < p.seq))
          or exists (select from outbox_replay r where r.lane = l.lane and r.finished_at is null and r.cancelled_at is null)
        ) order by lane), '[]')
        from outbox_lane l) as lanes`;

/** A few dozen rows of two small tables, and two index probes for each lane. */
export async function readMembership(database: Queryable): Promise<Membership> {
  const { rows } = await database.query<{ epoch: number; relays: string[]; lanes: Membership['lanes'] }>({
    name: 'outbox-membership',
    text: MEMBERSHIP,
    values: [],
  });
  const [membership] = rows;
  if (membership === undefined) throw new Error('the membership query answered no row');
  return membership;
}

const LEAVE = `
with gone as (delete from outbox_relay where relay_id = $1),
held as (select lane from outbox_lane where owner = $1 order by lane for no key update)
update outbox_lane l set owner = null from held where l.lane = held.lane`;

/** Gives every lane back and ends the lease, so that the others need not wait for its end. */
export async function leave(database: Queryable, relayId: string): Promise<void> {
  await database.query({ text: LEAVE, values: [relayId] });
}

const FORGET_DEAD = `delete from outbox_relay where lease_until < clock_timestamp() - interval '1 hour'`;

/** Rows of relays that died; they own nothing that a live one would not take. */
export async function forgetDeadRelays(database: Queryable): Promise<void> {
  await database.query({ text: FORGET_DEAD, values: [] });
}
