import { describe, expect, test } from 'vitest';
import type { ContractSet } from './contract-set.ts';
import { judgeContracts, sentenceOf } from './judge.ts';

const type = 'acme.thing.made.v1';
const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const topic = { partitions: 8, config: { 'retention.ms': '-1' }, types: [type] };
const released: ContractSet = {
  schemas: { [type]: schema },
  headers: { event: schema },
  topics: { things: topic },
};
const sentences = (current: ContractSet): string[] => judgeContracts(released, current).map(sentenceOf);

test('what was released is no change', () => {
  expect(judgeContracts(released, structuredClone(released))).toEqual([]);
});

test('a break says what, why, and what to do instead', () => {
  expect(
    sentences({ ...released, schemas: { [type]: { ...schema, properties: {}, required: [] } } }),
  ).toEqual([
    'acme.thing.made.v1 /id: the field was removed, but consumers read it by this name. Leave acme.thing.made.v1 as it was released and define acme.thing.made.v2 beside it; consumers learn to read both before the first one is written.',
  ]);
});

test('an addition is named', () => {
  const properties = { ...schema.properties, colour: { type: 'string' } };
  expect(sentences({ ...released, schemas: { [type]: { ...schema, properties } } })).toEqual([
    'acme.thing.made.v1 /colour: an optional field was added.',
  ]);
});

describe('of all that consumers rely on', () => {
  test.each<[string, ContractSet, string]>([
    ['an event', { ...released, schemas: {} }, 'acme.thing.made.v1: the event is gone'],
    [
      'a header',
      { ...released, headers: { event: { ...schema, properties: {} } } },
      'headers of event /id: the field was removed',
    ],
    ['the headers of a kind', { ...released, headers: {} }, 'headers of event: they are gone'],
    ['a topic', { ...released, topics: {} }, 'things: the topic is gone'],
    [
      'the partitions',
      { ...released, topics: { things: { ...topic, partitions: 16 } } },
      'things: the partitions went from 8 to 16',
    ],
    [
      'the history',
      { ...released, topics: { things: { ...topic, config: {} } } },
      'things: its settings went from {"retention.ms":"-1"} to {}',
    ],
    [
      'the topic of an event',
      { ...released, topics: { things: { ...topic, types: [] } } },
      `things: ${type} is not written to it any more`,
    ],
  ])('%s cannot change', (_what, current, start) => {
    const findings = judgeContracts(released, current);
    expect(findings.map(({ kind }) => kind)).toEqual(['break']);
    expect(findings.map(sentenceOf)).toEqual([expect.stringMatching(/, but .+\. [A-Z].+\.$/)]);
    expect(findings.map(sentenceOf)[0]?.startsWith(start)).toBe(true);
  });

  test('more of everything is an addition', () => {
    const more = judgeContracts(released, {
      schemas: { ...released.schemas, 'acme.thing.sold.v1': schema },
      headers: { ...released.headers, other: schema },
      topics: { things: { ...topic, types: [type, 'acme.thing.sold.v1'] }, others: topic },
    });
    expect(more.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['addition', 'acme.thing.sold.v1'],
      ['addition', 'headers of other'],
      ['addition', 'things'],
      ['addition', 'others'],
    ]);
  });
});
