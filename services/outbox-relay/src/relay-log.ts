import type { RelayEvent, UpkeepComplaint } from '@waybill/outbox/relay';
import type { Logger } from 'pino';

const mended: Readonly<Record<UpkeepComplaint, string>> = {
  'partitions-blocked': 'every day has its own partition again',
  'stray-lanes': 'no event waits in a lane that no topic has any more',
  'days-kept': 'no day is kept beyond the retention any more',
  'upkeep-failed': 'upkeep of the outbox works again',
};

const whatChanged = {
  'other timeline':
    'the database is on another timeline, after a failover or a recovery to an earlier point; goes on where its cursor stands',
  'other cluster':
    'the database was restored from a dump into another cluster; publishes again what is not proven published',
  'epoch raised': 'the epoch was raised; reads anew where the lanes stand',
} as const;

/** One line per state change, in an operator's words. */
export function logRelayEvent(logger: Logger, event: RelayEvent): void {
  switch (event.type) {
    case 'lanes-granted':
      logger.info({ lanes: event.lanes, relays: event.relays }, 'was granted lanes and publishes them');
      return;
    case 'lanes-given-back':
      logger.info({ lanes: event.lanes, relays: event.relays }, 'gave lanes back for another relay');
      return;
    case 'lanes-lost':
      logger.warn({ lanes: event.lanes }, 'lanes were granted to another relay');
      return;
    case 'lane-backing-off':
      logger.warn(
        { ...event.lane, class: event.failure.class, code: event.failure.code, err: event.error },
        'a lane backs off; the others go on',
      );
      return;
    case 'lane-recovered':
      logger.info({ ...event.lane, failures: event.failures }, 'a lane backs off no longer');
      return;
    case 'event-parked': {
      const { seq, reason, detail } = event.event;
      logger.error(
        { ...event.lane, seq, reason, detail },
        'the broker refuses an event: it is parked, with the later ones of its key behind it; the lane goes on',
      );
      return;
    }
    case 'parked-events-published': {
      const { published, discarded, left } = event;
      logger.info({ ...event.lane, published, discarded, left }, 'sent parked events of one key');
      return;
    }
    case 'replay-finished':
      logger.info({ ...event.lane, replay: event.replay }, 'finished a replay');
      return;
    case 'replay-skipped':
      logger.warn({ ...event.lane, seq: event.seq, code: event.code }, 'a replayed event was refused');
      return;
    case 'log-lost': {
      const { logGeneration, baseOffset, lostTo, policy } = event;
      logger.error(
        { ...event.lane, logGeneration, lostFrom: baseOffset, lostTo, policy },
        'Kafka lost a partition’s log: offsets that receipts name were given out again',
      );
      return;
    }
    case 'session-ended':
      logger.warn({ ...event.failure, err: event.error }, 'stops publishing until its lease is renewed');
      return;
    case 'session-back':
      logger.info({ failures: event.failures }, 'publishes again');
      return;
    case 'source-changed':
      logger.warn({ change: event.change, epoch: event.epoch }, whatChanged[event.change]);
      return;
    case 'partitions-made':
      logger.info({ partitions: event.partitions }, 'made partitions for the days ahead');
      return;
    case 'partitions-blocked':
      logger.warn(
        { partitions: event.partitions },
        'events of days without a partition are in the default one; nothing is lost, but they cannot be dropped by day',
      );
      return;
    case 'stray-lanes':
      logger.error({ lanes: event.lanes }, 'events wait in lanes that no topic has; nobody publishes them');
      return;
    case 'days-dropped':
      logger.info({ partitions: event.partitions }, 'dropped days that are older than the retention');
      return;
    case 'days-kept':
      logger.warn(
        { kept: event.partitions.map(({ partition, reason, lanes }) => ({ partition, reason, lanes })) },
        'keeps days that are older than the retention, or rows outside the days',
      );
      return;
    case 'upkeep-failed':
      logger.warn({ err: event.error }, 'upkeep of the outbox failed; tries again later');
      return;
    case 'upkeep-mended':
      logger.info(mended[event.what]);
      return;
  }
}
