import type { RelayEvent, RelayEventListener } from '@waybill/outbox/relay';
import type { Logger } from 'pino';
import { logRelayEvent } from './relay-log.ts';
import { StateChanges } from './state-changes.ts';

const WINDOW_MS = 60_000;
const LOOK_EVERY_MS = 10_000;

/** What an event is a change of, where it may come again and again; undefined for what is said whenever it happens. */
export function subjectOf(event: RelayEvent): string | undefined {
  if (event.type === 'lane-backing-off' || event.type === 'lane-recovered') return `lane ${event.lane.lane}`;
  if (event.type === 'session-ended' || event.type === 'session-back') return 'session';
  return undefined;
}

export interface StateLog extends Disposable {
  readonly say: RelayEventListener;
}

/** Writes the relay's events to the log; a state that flaps takes one line a minute, which counts its changes. */
export function sayStateChanges(logger: Logger, monotonic: () => number): StateLog {
  const changes = new StateChanges<RelayEvent>(WINDOW_MS);
  const sayDue = (now: number): void => {
    for (const { last, changes: count } of changes.takeDue(now)) {
      logRelayEvent(logger.child({ changes: count, withinMs: WINDOW_MS }), last);
    }
  };
  const timer = setInterval(() => sayDue(monotonic()), LOOK_EVERY_MS);
  return {
    say(event) {
      const subject = subjectOf(event);
      if (subject === undefined || changes.isWorthSaying(subject, event, monotonic())) {
        logRelayEvent(logger, event);
      }
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      sayDue(Number.POSITIVE_INFINITY);
    },
  };
}
