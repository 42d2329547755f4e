import type { EventLog } from '../event-log.ts';

/** The broker did not let a topic be read; its cause is what the log threw. */
export class LogRefusal extends Error {
  readonly topic: string;

  constructor(topic: string, cause: unknown) {
    super(`${topic} cannot be read`, { cause });
    this.name = 'LogRefusal';
    this.topic = topic;
  }

  /** Whether nothing answered, so that no other topic need be asked for: by the cause's `reach`, as of a PublishError. */
  get isUnreachable(): boolean {
    const { cause } = this;
    return typeof cause === 'object' && cause !== null && 'reach' in cause && cause.reach === 'unreachable';
  }
}

/** The log, whose failures can be told from those of the database. */
export function refusing(log: EventLog): Pick<EventLog, 'bounds' | 'offsetsAt' | 'read'> {
  const asked = async <T>(topic: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw new LogRefusal(topic, error);
    }
  };
  return {
    bounds: (topic) => asked(topic, log.bounds(topic)),
    offsetsAt: (topic, time) => asked(topic, log.offsetsAt(topic, time)),
    async *read(topic, ...range) {
      try {
        yield* log.read(topic, ...range);
      } catch (error) {
        throw new LogRefusal(topic, error);
      }
    },
  };
}
