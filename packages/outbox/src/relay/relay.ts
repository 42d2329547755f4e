import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { backoffDelay, wait } from '@waybill/retry';
import type { Pool } from 'pg';
import type { Publisher } from '../publisher.ts';
import { claimLanes } from './claim-lanes.sql.ts';
import { Doorbell } from './doorbell.ts';
import { makePartitions } from './partitions.sql.ts';
import { RelayDatabase } from './relay-database.ts';
import type { RelayEventListener } from './relay-event.ts';
import type { RelayParts } from './relay-parts.ts';
import { LanesLostError, RelaySession } from './relay-session.ts';
import { defaultRelaySettings, type RelaySettings } from './relay-settings.ts';

export interface RelayOptions {
  /** Connections as the relay's role; at least 2. The caller ends it. */
  readonly pool: Pool;
  /** The caller closes it, after {@link Relay.run} has ended. */
  readonly publisher: Publisher;
  readonly listener: RelayEventListener;
  readonly settings?: Partial<RelaySettings>;
}

/** Where the relay stands, from memory: cheap enough for every health check. */
export type RelayStatus =
  | { readonly state: 'stopped' }
  | { readonly state: 'waiting for the database' }
  | { readonly state: 'running'; readonly eventsInFlight: number; readonly lanesBackingOff: number };

/** Moves committed events from the outbox to the broker, for as long as it runs. */
export class Relay {
  readonly #parts: RelayParts;
  #session: RelaySession | undefined;
  #state: 'stopped' | 'waiting' | 'running' = 'stopped';

  constructor({ pool, publisher, listener, settings }: RelayOptions) {
    this.#parts = {
      database: new RelayDatabase(pool),
      publisher,
      listener,
      settings: { ...defaultRelaySettings, relayId: randomUUID(), ...settings },
      doorbell: new Doorbell(),
      monotonic: () => performance.now(),
      random: Math.random,
    };
  }

  /** Says that an event was committed: the next read begins now rather than at the end of the pause. */
  ring(): void {
    this.#parts.doorbell.ring();
  }

  get status(): RelayStatus {
    const session = this.#session;
    if (this.#state === 'stopped') return { state: 'stopped' };
    if (session === undefined) return { state: 'waiting for the database' };
    return {
      state: 'running',
      eventsInFlight: session.eventsInFlight,
      lanesBackingOff: session.lanesAlone,
    };
  }

  /**
   * Runs until aborted, then finishes the batches in flight. An absent database is waited for, without limit.
   *
   * @throws LanesLostError when another relay took every lane
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#state = 'waiting';
    const over = new AbortController();
    const upkeep = this.#keepPartitionsAhead(AbortSignal.any([signal, over.signal]));
    try {
      await this.#runSessions(signal);
    } finally {
      this.#state = 'stopped';
      over.abort();
      await upkeep;
    }
  }

  async #runSessions(signal: AbortSignal): Promise<void> {
    const { database, settings, listener, random } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const lanes = await database.transaction((transaction) => claimLanes(transaction, settings.relayId));
        listener({ type: 'lanes-claimed', lanes: lanes.length, epoch: database.epoch });
        if (failures > 0) listener({ type: 'database-back', failures });
        this.#session = new RelaySession(this.#parts, lanes);
        this.#state = 'running';
        await this.#session.run(signal);
      } catch (error) {
        if (error instanceof LanesLostError) throw error;
        failures = this.#session?.hasWorked === true ? 1 : failures + 1;
        if (failures === 1) listener({ type: 'database-away', error });
        this.#session = undefined;
        await wait(backoffDelay(settings.databaseBackoff, failures - 1, random), signal);
      }
    }
    this.#session = undefined;
  }

  /** Days are made long before they are needed, so a failed round is only reported and left to the next. */
  async #keepPartitionsAhead(signal: AbortSignal): Promise<void> {
    const { database, settings, listener } = this.#parts;
    while (!signal.aborted) {
      try {
        const partitions = await makePartitions(database, settings.partitionDaysAhead);
        if (partitions > 0) listener({ type: 'partitions-made', partitions });
      } catch (error) {
        if (!signal.aborted) listener({ type: 'upkeep-failed', error });
      }
      await wait(settings.upkeepEveryMs, signal);
    }
  }
}
