import { describe, expect, it } from 'vitest';
import { type KafkaRecord, replayedHeader, versionHeader } from '../checker/facts.ts';
import { BatchesAtRisk, type RelayLine, unexplainedRepeats } from './batches-at-risk.ts';

const ROWS = 3;

function sent(batch: number, partition: number, ...events: string[]): RelayLine {
  return { kind: 'sent', batch, partition, events };
}

/** What is at risk after these lines, as often as it is. */
function atRiskAfter(...lines: RelayLine[]): string[] {
  const atRisk = new BatchesAtRisk(ROWS);
  for (const line of lines) atRisk.hear(line);
  const events = new Set(lines.flatMap((line) => (line.kind === 'sent' ? line.events : [])));
  const found = [...events].flatMap((event) => Array.from({ length: atRisk.timesOf(event) }, () => event));
  expect(atRisk.events).toBe(found.length);
  return found;
}

const over: RelayLine = { kind: 'over' };
const recorded: RelayLine = { kind: 'recorded' };

describe('what a fault may repeat', () => {
  it.each<[string, RelayLine[], string[]]>([
    ['is nothing of a relay that meets none', [sent(1, 0, 'a'), sent(2, 1, 'b')], []],
    ['is the batch in flight of each lane', [sent(1, 0, 'a', 'b'), sent(2, 1, 'c'), over], ['a', 'b', 'c']],
    ['is only the newest batch of a lane', [sent(1, 0, 'a'), sent(2, 0, 'b'), over], ['b']],
    ['is nothing whose progress is committed', [sent(1, 0, 'a'), recorded, sent(2, 1, 'b'), over], ['b']],
    [
      'is nothing that has receipts, and a batch of which a part has none',
      [
        sent(1, 0, 'a'),
        sent(2, 1, 'b', 'c'),
        sent(3, 2, 'd'),
        { kind: 'confirmed', events: ['a', 'b', 'x'] },
        over,
      ],
      ['b', 'c', 'd'],
    ],
    ['is a batch once, though it ends twice', [sent(1, 0, 'a'), over, over], ['a']],
    ['is no more than a batch may have', [sent(1, 0, 'a', 'b', 'c', 'd'), over], ['a', 'b', 'c']],
    [
      'is a batch that nobody answered, once per attempt',
      [
        sent(1, 0, 'a'),
        { kind: 'unanswered', batch: 1 },
        sent(2, 0, 'a'),
        { kind: 'unanswered', batch: 2 },
        sent(3, 0, 'a'),
        recorded,
        over,
      ],
      ['a', 'a'],
    ],
    [
      'is the batch without an answer and not that of another lane',
      [sent(1, 0, 'a'), sent(2, 1, 'b'), { kind: 'unanswered', batch: 1 }],
      ['a'],
    ],
    [
      'is nothing that was refused',
      [sent(1, 0, 'a'), sent(2, 1, 'b'), { kind: 'refused', batch: 1 }, over],
      ['b'],
    ],
    [
      'is not what had no answer when the next one of its lane was sent',
      [sent(1, 0, 'a'), sent(2, 0, 'b'), { kind: 'unanswered', batch: 1 }],
      [],
    ],
    [
      'is a batch once when its lane was lost before it had no answer',
      [sent(1, 0, 'a'), { kind: 'lost', partitions: [0] }, { kind: 'unanswered', batch: 1 }, over],
      ['a'],
    ],
    [
      'is of lost lanes alone where others are kept',
      [sent(1, 0, 'a'), sent(2, 1, 'b'), { kind: 'lost', partitions: [0, 7] }, recorded, over],
      ['a'],
    ],
    ['is nothing by a grant', [sent(1, 0, 'a'), { kind: 'granted' }, recorded, over], []],
    [
      'is nothing of a lane that was given back',
      [sent(1, 0, 'a'), sent(2, 1, 'b'), { kind: 'given back', partitions: [0] }, over],
      ['b'],
    ],
  ])('%s', (_what, lines, expected) => {
    expect(atRiskAfter(...lines)).toEqual(expected);
  });
});

function record(version: number): KafkaRecord {
  return {
    topic: 't',
    partition: 0,
    offset: 0n,
    key: Buffer.from('k'),
    value: null,
    headers: [[versionHeader, Buffer.from(String(version))]],
  };
}

it('explains each repetition by a batch at risk with that very event in it, of any relay', () => {
  const relays = [new BatchesAtRisk(ROWS), new BatchesAtRisk(ROWS)];
  for (const atRisk of relays) {
    atRisk.hear(sent(1, 0, 't k v1', 't k v2', 't k v3'));
    atRisk.hear(over);
  }
  expect(unexplainedRepeats([1, 1, 1, 2, 2, 4].map(record), relays)).toEqual([]);
  expect(unexplainedRepeats([1, 1, 1, 1, 4, 4].map(record), relays)).toEqual([
    't k v1 stands 4 times, at most 3 are explained',
    't k v4 stands 2 times, at most 1 are explained',
  ]);
});

it('lets a replay stand beside what it replays, and not twice', () => {
  const replay = (version: number): KafkaRecord => {
    const once = record(version);
    return { ...once, headers: [...once.headers, [replayedHeader, Buffer.from('true')]] };
  };
  expect(unexplainedRepeats([record(1), replay(1), replay(2)], [])).toEqual([]);
  expect(unexplainedRepeats([record(1), replay(1), replay(1)], [])).toEqual([
    'replayed: t k v1 stands 2 times, at most 1 are explained',
  ]);
});
