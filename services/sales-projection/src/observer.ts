import type { Alarm, ConsumerObserver } from '@waybill/inbox';

/** What this needs of a logger; pino fits. */
interface Log {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Says alarms in the log: which event, and nothing of what it holds. */
export function observeBy(logger: Log): ConsumerObserver {
  return {
    alarm: (alarm) => logger.error(factsOf(alarm), sentences[alarm.kind]),
    async around({ topic, partition, events }, work) {
      const result = await work();
      logger.debug({ topic, partition, events }, 'applied a batch');
      return result;
    },
    upkeepFailed: (error) => logger.warn({ err: error }, 'upkeep failed and will be tried again'),
  };
}

const sentences: Readonly<Record<Alarm['kind'], string>> = {
  'dead letter': 'an event cannot be applied: it is a dead letter, and its key’s later events wait',
  unreadable: 'a message does not say which event it is: it is a dead letter',
  diverged: 'an event contradicts the one of its version that was applied: its key stands still',
  gaps: 'events have waited too long for the ones before them',
};

function factsOf(alarm: Alarm): object {
  switch (alarm.kind) {
    case 'unreadable':
      return { topic: alarm.topic, partition: alarm.partition, offset: String(alarm.offset) };
    case 'gaps':
      return { open: alarm.open, oldest: alarm.oldest };
    case 'dead letter':
    case 'diverged': {
      const { topic, partition, offset, key, version, epoch } = alarm.event;
      const place = { topic, partition, offset: String(offset), key, version, epoch };
      return alarm.kind === 'dead letter' ? { ...place, reason: alarm.reason } : place;
    }
  }
}
