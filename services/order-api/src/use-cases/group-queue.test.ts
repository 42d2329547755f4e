import { describe, expect, it } from 'vitest';
import { type GroupLimits, type GroupObserver, groupQueue } from './group-queue.ts';

const wanted = () => true;

/** A queue whose groups end when the test says so. A command is a letter, its result the letter in upper case. */
function queueOf(limits: Partial<GroupLimits> = {}) {
  const groups: string[] = [];
  const seen = { waiting: 0, running: 0, began: '', turnedAway: 0 };
  let clock = 0;
  const observer: GroupObserver = {
    changed: (waiting, running) => Object.assign(seen, { waiting, running }),
    began: (size, waitedMs) => (seen.began += `${size} after ${waitedMs} `),
    turnedAway: (size) => (seen.turnedAway += size),
  };
  const ends: { succeed(): void; fail(error: Error): void }[] = [];
  const queue = groupQueue(
    { groupSize: 3, groupsAtOnce: 1, waitingAtMost: 5, ...limits },
    (commands: readonly string[]) => {
      groups.push(commands.join(''));
      const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
      ends.push({ succeed: () => resolve(commands.map((letter) => letter.toUpperCase())), fail: reject });
      return promise;
    },
    () => clock,
    observer,
  );
  return {
    queue,
    groups,
    seen,
    passes: (ms: number) => (clock += ms),
    /** Each letter is a submission of its own. */
    submitEach: (letters: string, isWanted = wanted) =>
      Array.from(letters, (letter) => queue.submit([letter], isWanted)),
    /** Lets the group that has run longest end, and those who hear of it act. */
    endNext: async (error?: Error) => {
      const end = ends.shift();
      if (error) end?.fail(error);
      else end?.succeed();
      await new Promise(setImmediate);
    },
  };
}

const done = (...results: string[]) => ({ kind: 'done', results });

describe('a lone command', () => {
  it('goes at once, in the same turn', () => {
    const { groups, submitEach } = queueOf();
    void submitEach('a');
    expect(groups).toEqual(['a']);
  });
});

describe('commands that arrive while a group is under way', () => {
  it('go together in the next ones, in the order in which they came, at most a group’s size each', async () => {
    const { seen, groups, submitEach, endNext } = queueOf();
    const all = submitEach('abcdef');
    expect([groups, seen.waiting, seen.running]).toEqual([['a'], 5, 1]);
    await endNext();
    expect([groups, seen.waiting]).toEqual([['a', 'bcd'], 2]);
    await endNext();
    await endNext();
    expect([groups, seen.waiting, seen.running]).toEqual([['a', 'bcd', 'ef'], 0, 0]);
    expect(await Promise.all(all)).toEqual(['A', 'B', 'C', 'D', 'E', 'F'].map((letter) => done(letter)));
  });

  it('hear of their results one in each turn of the event loop, while the next group is under way', async () => {
    const { groups, submitEach, endNext } = queueOf();
    const told: string[] = [];
    for (const answer of submitEach('abcde')) void answer.then(() => told.push(groups.join(' ')));
    await endNext();
    await endNext();
    const toldByTurn = [told.length];
    for (let turn = 1; turn <= 2; turn += 1) {
      await new Promise(setImmediate);
      toldByTurn.push(told.length);
    }
    expect(toldByTurn).toEqual([2, 3, 4]);
    expect(told).toEqual(['a bcd', 'a bcd e', 'a bcd e', 'a bcd e']);
  });

  it('go as several groups where several may be under way', async () => {
    const { groups, submitEach, endNext } = queueOf({ groupsAtOnce: 2 });
    void submitEach('abcd');
    expect(groups).toEqual(['a', 'b']);
    await endNext();
    expect(groups).toEqual(['a', 'b', 'cd']);
  });
});

describe('a submission of several commands', () => {
  it('gets its own results and is never split', async () => {
    const { queue, groups, submitEach, endNext } = queueOf();
    void submitEach('a');
    const [first, second] = [queue.submit(['b', 'c'], wanted), queue.submit(['d', 'e'], wanted)];
    await endNext();
    await endNext();
    await endNext();
    expect(groups).toEqual(['a', 'bc', 'de']);
    expect(await Promise.all([first, second])).toEqual([done('B', 'C'), done('D', 'E')]);
  });

  it('goes alone when it is larger than a group', async () => {
    const { queue, groups, submitEach, endNext } = queueOf();
    void submitEach('a');
    const large = queue.submit(['b', 'c', 'd', 'e', 'f'], wanted);
    await endNext();
    void submitEach('g');
    await endNext();
    await endNext();
    expect(groups).toEqual(['a', 'bcdef', 'g']);
    expect(await large).toEqual(done('B', 'C', 'D', 'E', 'F'));
  });
});

describe('whoever is gone', () => {
  it('before its group begins is left out, and its place goes to the next', async () => {
    const { seen, groups, submitEach, endNext } = queueOf();
    void submitEach('ab');
    const [gone] = submitEach('c', () => false);
    void submitEach('de');
    await endNext();
    expect([groups, seen.waiting]).toEqual([['a', 'bde'], 0]);
    expect(await gone).toEqual({ kind: 'gone' });
  });

  it('later changes nothing', async () => {
    const { groups, submitEach, endNext } = queueOf();
    let here = true;
    const [order] = submitEach('a', () => here);
    here = false;
    await endNext();
    expect([groups, await order]).toEqual([['a'], done('A')]);
  });

  it('with everybody else leaves nothing to do', async () => {
    const { seen, groups, submitEach, endNext } = queueOf();
    void submitEach('a');
    void submitEach('bc', () => false);
    await endNext();
    expect([groups, seen.running]).toEqual([['a'], 0]);
  });
});

describe('when too much waits', () => {
  it('turns away what comes, and takes it again when there is room', async () => {
    const { groups, submitEach, endNext } = queueOf();
    const all = submitEach('abcdefg');
    expect(await all[6]).toEqual({ kind: 'full' });
    await endNext();
    void submitEach('h');
    await endNext();
    expect(groups).toEqual(['a', 'bcd', 'efh']);
  });

  it('never turns away who finds nothing under way, however much it is', async () => {
    const { queue, groups, endNext } = queueOf();
    const large = queue.submit(Array.from('abcdefghi'), wanted);
    await endNext();
    expect([groups, await large]).toEqual([['abcdefghi'], done(...Array.from('ABCDEFGHI'))]);
  });
});

it('tells how large groups are, how long they waited and what was turned away', async () => {
  const { seen, submitEach, passes, endNext } = queueOf();
  void submitEach('ab');
  passes(7);
  void submitEach('cdefgh');
  passes(2);
  await endNext();
  expect(seen).toEqual({ waiting: 2, running: 1, began: '1 after 0 3 after 9 ', turnedAway: 2 });
});

it('an error of a group is that of its members alone, and the queue goes on', async () => {
  const { groups, submitEach, endNext } = queueOf();
  const [a, b] = submitEach('ab');
  const outcomes = Promise.allSettled([a, b]);
  const bug = new Error('a bug');
  await endNext(bug);
  await endNext();
  expect(groups).toEqual(['a', 'b']);
  expect(await outcomes).toEqual([
    { status: 'rejected', reason: bug },
    { status: 'fulfilled', value: done('B') },
  ]);
});
