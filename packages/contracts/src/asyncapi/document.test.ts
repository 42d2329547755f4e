import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { decodeEvent } from '../decode.ts';
import { orderEvents } from '../order-events.ts';
import { topics } from '../topics.ts';
import { type AsyncApiMessage, asyncApiDocument } from './document.ts';

const document = asyncApiDocument('https://waybill.example/');
const messages = Object.entries(document.components.messages);

const officialText = readFileSync(new URL('official-schema/asyncapi-3.0.0.json', import.meta.url), 'utf8');

// It carries the schema of draft-07 within it, which Ajv would else have twice, and keywords that strict mode asks about.
const official = new Ajv({
  meta: false,
  validateSchema: false,
  strict: false,
  validateFormats: false,
}).compile(JSON.parse(officialText));

test('the official schema is the one that its note names', () => {
  const note = readFileSync(new URL('official-schema/README.md', import.meta.url), 'utf8');
  expect(note).toContain(createHash('sha256').update(officialText).digest('hex'));
});

test('the document fits the schema of AsyncAPI 3.0.0', () => {
  expect([official(document), official.errors]).toEqual([true, null]);
});

test.each<[string, object]>([
  ['without its info', { info: undefined }],
  ['with an operation that neither sends nor receives', { operations: { a: { action: 'publish' } } }],
  ['with a channel as AsyncAPI 2 had it', { channels: { a: { publish: {} } } }],
])('a document %s does not fit it', (_what, change) => {
  expect(official({ ...document, ...change })).toBe(false);
});

test('every reference points at something', () => {
  const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    ([, path = '']) => path,
  );
  expect(pointers.length).toBeGreaterThan(5);
  for (const pointer of pointers) {
    const target = pointer
      .split('/')
      .reduce<unknown>(
        (node, name) => (typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined),
        document,
      );
    expect([pointer, typeof target]).toEqual([pointer, 'object']);
  }
});

test('every topic is a channel with its partitions, and takes its event and the marker', () => {
  expect(
    Object.values(document.channels).map(({ address, bindings }) => [address, bindings.kafka.partitions]),
  ).toEqual(topics.map(({ name, partitions }) => [name, partitions]));
  for (const [topic, channel] of Object.entries(document.channels))
    expect(Object.keys(channel.messages)).toEqual([topic, 'event_discarded']);
});

/** No payload at all where a message has no schema for one. */
function payloadSchemaOf({ payload }: AsyncApiMessage): object {
  const name = payload?.$ref.replace('#/components/schemas/', '');
  return name === undefined ? { type: 'null' } : (document.components.schemas[name] ?? {});
}

test.each(messages)('%s: the examples fit the schemas beside them', (_name, message) => {
  const ajv = new Ajv({ strict: true, formats: { 'date-time': true } });
  const headersFit = ajv.compile({ ...message.headers, additionalProperties: false });
  const payloadFits = ajv.compile(payloadSchemaOf(message));
  for (const { headers, payload } of message.examples) {
    expect([headersFit(headers), headersFit.errors]).toEqual([true, null]);
    expect([payloadFits(payload ?? null), payloadFits.errors]).toEqual([true, null]);
  }
});

test.each(messages)('%s: the examples are messages that a consumer can read', (_name, message) => {
  const [{ headers, payload }] = message.examples;
  const value = payload === undefined ? '' : JSON.stringify(payload);
  expect(decodeEvent(headers, value)).toMatchObject({ type: message.name, epoch: 1, payload: value });
});

test('no event is left out', () => {
  expect(messages.map(([, { name }]) => name)).toEqual([
    ...orderEvents.map(({ type }) => type),
    'waybill.event.discarded.v1',
  ]);
});
