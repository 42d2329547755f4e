import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { backoffDelay, wait } from '@waybill/retry';
import type { Pool } from 'pg';
import type { Publisher } from '../publisher.ts';
import { Doorbell } from './doorbell.ts';
import { classifySessionEnd } from './failure-class.ts';
import { Lease } from './lease.ts';
import { LoopProgress } from './loop-progress.ts';
import { leave } from './membership.sql.ts';
import { RelayDatabase } from './relay-database.ts';
import type { RelayEventListener } from './relay-event.ts';
import { noMeter, type RelayMeter } from './relay-meter.ts';
import type { RelayParts } from './relay-parts.ts';
import { RelaySession } from './relay-session.ts';
import { defaultRelaySettings, type RelaySettings } from './relay-settings.ts';
import { Upkeep } from './upkeep.ts';
import { watchedPublisher } from './watched-publisher.ts';

export interface RelayOptions {
  /**
   * Connections as the relay's role; at least 2. The caller ends it, and sets `connectionTimeoutMillis`: the relay
   * limits its statements, not how long one waits for a connection.
   */
  readonly pool: Pool;
  /** The caller closes it, after {@link Relay.run} has ended. */
  readonly publisher: Publisher;
  readonly listener: RelayEventListener;
  /** Nothing is measured without one. */
  readonly meter?: RelayMeter;
  readonly settings?: Partial<RelaySettings>;
}

/** Where the relay stands, from memory: cheap enough for every health check. */
export type RelayStatus =
  | { readonly state: 'stopped' }
  | { readonly state: 'waiting for the database'; readonly progressAgeMs: number }
  | {
      readonly state: 'running';
      /** For how long the slowest loop has not come round; see {@link Relay.stallLimitMs}. */
      readonly progressAgeMs: number;
      /** Whether lanes may be taken and sent for: the lease was renewed in time. */
      readonly lease: 'good' | 'lapsed';
      readonly epoch: number;
      readonly lanes: number;
      readonly eventsInFlight: number;
      readonly lanesBackingOff: number;
    };

/** Heartbeats may not come faster than this, in ms: each is a statement. */
const leastHeartbeatMs = 50;

/**
 * A send may begin while the lease is good for as long as it may take. Three heartbeats fit into what is left of the
 * lease then, so that one that is late or lost stops nothing.
 *
 * @throws RangeError when a send may take more than half the lease, or leaves no room for heartbeats beside it
 */
function withSteadyHeartbeat(settings: RelaySettings): RelaySettings {
  const { leaseMs, leaseMarginMs, sendTimeoutMs, heartbeatMs } = settings;
  if (sendTimeoutMs > leaseMs / 2) {
    throw new RangeError(`a send may take ${sendTimeoutMs} ms, more than half the lease of ${leaseMs} ms`);
  }
  const roomMs = leaseMs - leaseMarginMs - sendTimeoutMs;
  if (roomMs < 3 * leastHeartbeatMs) {
    throw new RangeError(
      `a lease of ${leaseMs} ms leaves ${roomMs} ms beside a send of ${sendTimeoutMs} ms and a margin of ${leaseMarginMs} ms: no send could begin`,
    );
  }
  return { ...settings, heartbeatMs: Math.min(heartbeatMs, roomMs / 3) };
}

/** Moves committed events from the outbox to the broker, for as long as it runs. */
export class Relay {
  readonly #parts: RelayParts;
  #session: RelaySession | undefined;
  #isRunning = false;

  constructor({ pool, publisher, listener, meter = noMeter, settings }: RelayOptions) {
    const all = withSteadyHeartbeat({
      ...defaultRelaySettings,
      relayId: randomUUID(),
      host: hostname(),
      ...settings,
    });
    const monotonic = (): number => performance.now();
    const progress = new LoopProgress(monotonic);
    this.#parts = {
      database: new RelayDatabase(pool, all.leaseMs / 2, ({ change, epoch }) =>
        listener({ type: 'source-changed', change, epoch }),
      ),
      publisher: watchedPublisher(publisher, { meter, progress, monotonic }),
      listener,
      meter,
      progress,
      settings: all,
      lease: new Lease(all.leaseMs, all.leaseMarginMs, monotonic),
      doorbell: new Doorbell(),
      monotonic,
      random: Math.random,
    };
  }

  /**
   * Says that events were committed: they are read now rather than at the next poll.
   *
   * @param lanes of the events, other relays' included; without them every lane is read
   */
  ring(lanes?: readonly number[]): void {
    const held = this.#session?.lanes;
    // A session that begins reads every lane, and so does one that takes some.
    this.#parts.doorbell.ring(lanes?.filter((lane) => held?.has(lane)));
  }

  get status(): RelayStatus {
    const session = this.#session;
    const { progress, lease, database } = this.#parts;
    if (!this.#isRunning) return { state: 'stopped' };
    const progressAgeMs = progress.ageMs;
    if (session?.hasBegun !== true) return { state: 'waiting for the database', progressAgeMs };
    return {
      state: 'running',
      progressAgeMs,
      lease: lease.isGoodFor(0) ? 'good' : 'lapsed',
      epoch: database.epoch,
      lanes: session.lanes.size,
      eventsInFlight: session.eventsInFlight,
      lanesBackingOff: session.backingOff.length,
    };
  }

  /**
   * How old progress may be, in ms, before something here is stuck. Everything that the loops wait for ends within a
   * lease, or within a poll's pause, and three of them in a row can happen.
   */
  get stallLimitMs(): number {
    const { leaseMs, pollMaxMs } = this.#parts.settings;
    return 3 * leaseMs + pollMaxMs;
  }

  /**
   * Runs until aborted, then finishes the batches in flight and gives its lanes back. An absent database is waited for,
   * without limit. Throws nothing but what the listener throws.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#isRunning = true;
    this.#parts.progress.restart();
    const over = new AbortController();
    const upkeep = new Upkeep(this.#parts);
    await upkeep.begin();
    const upkept = upkeep.keepOn(AbortSignal.any([signal, over.signal]));
    try {
      await this.#runSessions(signal);
    } finally {
      this.#isRunning = false;
      over.abort();
      await upkept;
    }
  }

  async #runSessions(signal: AbortSignal): Promise<void> {
    const { settings, listener, random, progress } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      progress.restart();
      const session = new RelaySession(this.#parts, failures);
      this.#session = session;
      try {
        await session.run(signal);
        failures = 0;
      } catch (error) {
        failures = session.hasWorked ? 1 : failures + 1;
        if (failures === 1) {
          listener({ type: 'session-ended', error, failure: classifySessionEnd(error) });
        }
        this.#session = undefined;
        await wait(backoffDelay(settings.databaseBackoff, failures - 1, random), signal);
      }
    }
    this.#session = undefined;
    await this.#leave();
  }

  /** What cannot be given back here is free when the lease ends. */
  async #leave(): Promise<void> {
    try {
      await leave(this.#parts.database, this.#parts.settings.relayId);
    } catch (error) {
      this.#parts.listener({ type: 'upkeep-failed', error });
    }
  }
}
