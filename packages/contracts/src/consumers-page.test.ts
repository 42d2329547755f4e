import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { currentContracts } from './compatibility/contract-set.ts';
import { judgeContracts, sentenceOf } from './compatibility/judge.ts';
import { discardedEvent } from './discarded.ts';
import { EventHeaders } from './headers.ts';
import { orderEvents } from './order-events.ts';
import { orderPlaced } from './order-placed.ts';
import { topics } from './topics.ts';

const url = new URL('../../../docs/consumers.md', import.meta.url);
const page = readFileSync(url, 'utf8');
const flat = page.replace(/\s+/g, ' ');

test('the page names every topic with its type, and the marker', () => {
  for (const { topic, type } of orderEvents) expect(flat).toContain(`| \`${topic}\` | \`${type}\` |`);
  expect(flat).toContain(`\`${discardedEvent.type}\``);
  expect(topics.map(({ partitions, config }) => [partitions, config['retention.ms']])).toEqual([
    [8, '-1'],
    [8, '-1'],
  ]);
  expect(flat).toContain('Both have 8 partitions and keep their events for ever (`retention.ms=-1`');
});

test('the page explains every header and no other', () => {
  const explained = [...page.matchAll(/^\| `(ce_\w+|content-type|traceparent)` /gm)].map(
    ([, name = '']) => name,
  );
  expect(explained.toSorted()).toEqual(Object.keys(EventHeaders.properties).toSorted());
});

test('the event on the page is the example', () => {
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  expect(JSON.parse(json)).toEqual(orderPlaced.example);
});

test('the consumer on the page is the one that a test runs', () => {
  const [, code] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const example = new URL('../../../examples/kit-consumer/standing-orders.ts', import.meta.url);
  expect(code).toBe(readFileSync(example, 'utf8'));
});

test('what the page shows of contracts:check is what it says', () => {
  const released = currentContracts();
  const schema = structuredClone(released.schemas[orderPlaced.type] ?? {});
  const changed = JSON.parse(JSON.stringify(schema).replace('"maximum":1000', '"maximum":999'));
  const findings = judgeContracts(released, {
    ...released,
    schemas: { ...released.schemas, [orderPlaced.type]: changed },
  });
  expect(findings.map((finding) => flat.includes(`BREAKS ${sentenceOf(finding)}`))).toEqual([true]);
});

test('every link of the page leads to a file', () => {
  const links = [...page.matchAll(/\]\((\.\.?\/[^)#]+)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(1);
  expect(links.filter((path) => !existsSync(new URL(path, url)))).toEqual([]);
});
