import type { Mutant } from './mutant.ts';

const definition = 'packages/contracts/src/event-definition.ts';
const encodeTests = ['packages/contracts/src/encode.test.ts'];
const compare = 'packages/contracts/src/compatibility/compare-schemas.ts';
const pythonTests = ['test/examples/python-consumer.integration.test.ts'];
const compareTests = ['packages/contracts/src/compatibility/compare-schemas.test.ts'];

/** What events promise: checks on write and on read, the served schemas, and what may change once it is released. */
export const contractsMutants: readonly Mutant[] = [
  {
    name: 'contracts: an event is written unchecked',
    file: 'packages/contracts/src/encode.ts',
    find: 'definition.checkWritten(envelope.data);',
    replace: '',
    tests: encodeTests,
    why: 'an event that no consumer can read would be in the topic for ever',
  },
  {
    name: 'contracts: a field that nobody declared is written',
    file: definition,
    find: 'if (!closed.Check(data)) refuse(closed.Errors(data));',
    replace: 'if (!open.Check(data)) refuse(open.Errors(data));',
    tests: encodeTests,
    why: 'an e-mail address could reach Kafka without anybody having decided so',
  },
  {
    name: 'contracts: a field added later is refused by those who read',
    file: definition,
    find: 'return open.Check(data) ? data : refuse(open.Errors(data));',
    replace: 'return open.Check(data) && closed.Check(data) ? data : refuse(closed.Errors(data));',
    tests: ['packages/contracts/src/decode.test.ts'],
    failsWith: /ContractError/,
    why: 'every addition would send every event to the dead letters of those who have not been deployed yet',
  },
  {
    name: 'contracts: the schema is served under another id',
    file: 'packages/contracts/src/json-schema.ts',
    find: '$id: dataschemaUrl(event, publicUrl),',
    replace: '$id: event.dataschemaPath,',
    tests: ['services/order-api/src/http/contracts-routes.test.ts'],
    why: 'who keeps schemas by their ids would not find the one that the event names',
  },
  {
    name: 'contracts: removing a field is allowed',
    file: compare,
    find: 'if (now === undefined) return [goneField(field, at, after, added)];',
    replace: 'if (now === undefined) return [];',
    tests: compareTests,
    why: 'consumers would read a field that is not there any more',
  },
  {
    name: 'contracts: a new field may be required',
    file: compare,
    find: "if (!isRequired) return { kind: 'addition'",
    replace: "if (isRequired || !isRequired) return { kind: 'addition'",
    tests: compareTests,
    why: 'a rebuild from the beginning of the topic would refuse every old event',
  },
  {
    name: 'contracts: nobody looks into lists',
    file: compare,
    find: 'if (isSchema(released) && isSchema(current)) return compareSchemas(released, current, `${place}/*`);',
    replace: 'if (isSchema(released) && isSchema(current)) return [];',
    tests: compareTests,
    why: 'the lines of an order could change without anybody noticing',
  },
  {
    name: 'contracts: rules may change',
    file: 'packages/contracts/src/compatibility/rule-change.ts',
    find: '.filter((keyword) => !isDeepStrictEqual(released[keyword], current[keyword]))',
    replace: '.filter((keyword) => typeof released[keyword] !== typeof current[keyword])',
    tests: compareTests,
    why: 'a pattern, a limit or a type could be made narrower',
  },
  {
    name: 'contracts: a topic may get more partitions',
    file: 'packages/contracts/src/compatibility/judge.ts',
    find: 'if (before.partitions !== after.partitions) {',
    replace: 'if (before.partitions > after.partitions) {',
    tests: ['packages/contracts/src/compatibility/judge.test.ts'],
    why: "an order's later events would go to another partition than its earlier ones",
  },
  {
    name: 'contracts: a released event changes',
    file: 'packages/contracts/src/order-placed.ts',
    find: 'quantity: Type.Integer({ minimum: 1, maximum: 1_000,',
    replace: 'quantity: Type.Integer({ minimum: 1, maximum: 999,',
    tests: ['packages/contracts/src/compatibility/released.test.ts'],
    why: 'npm test would let a break through to those who subscribed',
  },
  {
    name: 'contracts: the page takes text for markup',
    file: 'packages/contracts/src/asyncapi/page.ts',
    find: '<h1>${escape(info.title)} ',
    replace: '<h1>${info.title} ',
    tests: ['packages/contracts/src/asyncapi/page.test.ts'],
    why: 'a description could run a script in the reader’s browser',
  },
  {
    name: 'python: an early event is applied at once',
    file: 'examples/python-consumer/totals.py',
    find: 'if version != version_of(database, order_id) + 1:',
    replace: 'if version < version_of(database, order_id):',
    tests: pythonTests,
    only: 'counts every order once',
    why: 'the example would teach strangers to apply a cancellation before its order',
  },
  {
    name: 'python: what was seen is counted again',
    file: 'examples/python-consumer/totals.py',
    find: 'return "duplicate"',
    replace: 'count(database, event_type, value)\n        return "duplicate"',
    tests: pythonTests,
    only: 'counts every order once',
    why: 'the example would teach strangers to count every redelivery',
  },
];
