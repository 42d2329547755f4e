import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, onTestFinished, test } from 'vitest';
import { decodeEvent } from '../decode.ts';
import { encodeOrderCancelled, encodeOrderPlaced } from '../encode.ts';
import { cancelled, enveloped, placed } from '../examples.fixture.ts';
import { currentContracts } from './contract-set.ts';
import { judgeContracts, sentenceOf } from './judge.ts';
import { readReleased, writeReleased } from './released-files.ts';

const released = readReleased();

test('whoever relies on the released contracts still can', () => {
  const breaks = judgeContracts(released, currentContracts()).filter(({ kind }) => kind === 'break');
  expect(breaks.map(sentenceOf)).toEqual([]);
});

test('what was released is at least what there was at first', () => {
  expect(Object.keys(released.schemas)).toEqual(
    expect.arrayContaining(['waybill.order.cancelled.v1', 'waybill.order.placed.v1']),
  );
  expect(Object.keys(released.topics)).toEqual(expect.arrayContaining(['order_placed', 'order_cancelled']));
});

test.each(Object.entries(released.schemas))(
  '%s: an event of the day of its release can be read',
  (type, schema) => {
    const written = [encodeOrderPlaced(enveloped(placed)), encodeOrderCancelled(enveloped(cancelled))];
    const headers = written.find((event) => event.type === type)?.headers ?? {};
    const [example] = Array.isArray(schema['examples']) ? schema['examples'] : [];
    expect(decodeEvent(headers, JSON.stringify(example)).data).toEqual(example);
  },
);

test.each([encodeOrderPlaced(enveloped(placed)), encodeOrderCancelled(enveloped(cancelled))])(
  '$type: an event of today can be read with the released schema',
  ({ type, payload }) => {
    const validate = new Ajv2020({ formats: { 'date-time': true } }).compile(released.schemas[type] ?? {});
    expect([validate(JSON.parse(payload)), validate({})]).toEqual([true, false]);
  },
);

test('what is written is what is read back', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'released-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeReleased(released, folder);
  expect(readReleased(folder)).toEqual(released);
  const topics = path.join(folder, 'topics.json');
  writeFileSync(topics, readFileSync(topics, 'utf8').replace('"partitions": 8', '"partitions": "8"'));
  expect(() => readReleased(folder)).toThrow('Parse');
});
