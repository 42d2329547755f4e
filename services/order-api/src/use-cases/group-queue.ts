import { setImmediate as nextTurn } from 'node:timers/promises';

/** How much goes together and how much may wait. */
export interface GroupLimits {
  /** Commands in a group at most; one submission that is larger goes as a group of its own. */
  readonly groupSize: number;
  /** Groups under way at once. */
  readonly groupsAtOnce: number;
  /** Commands that may wait; a submission beyond that is turned away. */
  readonly waitingAtMost: number;
}

/** Told what the queue does, for metrics. Must neither throw nor wait. */
export interface GroupObserver {
  /** Commands that wait and groups under way, after each change. */
  changed(waiting: number, running: number): void;
  /** A group begins with so many commands, the first of which waited so many ms. */
  began(size: number, waitedMs: number): void;
  /** A submission of so many commands was turned away. */
  turnedAway(size: number): void;
}

export const noGroupObserver: GroupObserver = {
  changed: () => undefined,
  began: () => undefined,
  turnedAway: () => undefined,
};

export type Submitted<Result> =
  | { readonly kind: 'done'; readonly results: readonly Result[] }
  /** Too much waits already. Nothing was done. */
  | { readonly kind: 'full' }
  /** Whoever asked went away before the group began. Nothing was done. */
  | { readonly kind: 'gone' };

export interface GroupQueue<Command, Result> {
  /**
   * @param isWanted asked once, when the group begins: false leaves the submission out. Later nothing stops it.
   * @throws what the work on its group threw
   */
  submit(commands: readonly Command[], isWanted: () => boolean): Promise<Submitted<Result>>;
}

interface Submission<Command, Result> {
  readonly commands: readonly Command[];
  readonly isWanted: () => boolean;
  /** By the clock of `performance.now()`. */
  readonly arrivedAt: number;
  readonly settle: (outcome: Submitted<Result>) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Lets commands that arrive while a group is under way go together in the next one. Whoever finds nothing under way
 * goes at once and alone: nothing is gained by waiting for company that may not come. The order of arrival is kept,
 * and the commands of one submission are never split. Answers go out one by one while the next group is under way.
 *
 * @param work gives one result per command, in their order
 * @param now in ms, rises steadily
 */
export function groupQueue<Command, Result>(
  limits: GroupLimits,
  work: (commands: readonly Command[]) => Promise<readonly Result[]>,
  now: () => number,
  observer: GroupObserver,
): GroupQueue<Command, Result> {
  const line: Submission<Command, Result>[] = [];
  let waiting = 0;
  let running = 0;

  function nextGroup(): readonly Submission<Command, Result>[] {
    const group: Submission<Command, Result>[] = [];
    let size = 0;
    for (let next = line[0]; next !== undefined; next = line[0]) {
      if (!next.isWanted()) {
        next.settle({ kind: 'gone' });
      } else {
        if (size > 0 && size + next.commands.length > limits.groupSize) break;
        size += next.commands.length;
        group.push(next);
      }
      line.shift();
      waiting -= next.commands.length;
    }
    return group;
  }

  async function run(group: readonly Submission<Command, Result>[]): Promise<void> {
    const answers = await settled(group);
    running -= 1;
    // Before the answers are written: the database has the next group's work while this process writes them.
    startGroups();
    observer.changed(waiting, running);
    // One in each turn of the event loop: an answer brings its client's next request, and what the database says to the
    // next group's statements would wait behind all the requests of the turn.
    for (const answer of answers) {
      answer();
      await nextTurn();
    }
  }

  /** Does the work of a group. Gives one call for each submission, which tells it what came of it. */
  async function settled(group: readonly Submission<Command, Result>[]): Promise<readonly (() => void)[]> {
    try {
      const commands = group.flatMap((submission) => submission.commands);
      observer.began(commands.length, now() - (group[0]?.arrivedAt ?? now()));
      const results = await work(commands);
      let from = 0;
      return group.map(({ commands, settle }) => {
        const own = results.slice(from, from + commands.length);
        from += commands.length;
        return () => settle({ kind: 'done', results: own });
      });
    } catch (error) {
      return group.map((submission) => () => submission.fail(error));
    }
  }

  function startGroups(): void {
    while (running < limits.groupsAtOnce) {
      const group = nextGroup();
      if (group.length === 0) return;
      running += 1;
      void run(group);
    }
  }

  return {
    async submit(commands, isWanted) {
      const starts = running < limits.groupsAtOnce;
      if (!starts && waiting + commands.length > limits.waitingAtMost) {
        observer.turnedAway(commands.length);
        return { kind: 'full' };
      }
      const { promise, resolve, reject } = Promise.withResolvers<Submitted<Result>>();
      line.push({ commands, isWanted, arrivedAt: now(), settle: resolve, fail: reject });
      waiting += commands.length;
      startGroups();
      observer.changed(waiting, running);
      return promise;
    },
  };
}
