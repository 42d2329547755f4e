import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { ContractSet } from './contract-set.ts';

/** Where what is released is kept, in the repository. */
export const releasedFolder = path.join(import.meta.dirname, '..', '..', 'released');

const Schemas = Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()));
const Topics = Type.Record(
  Type.String(),
  Type.Object({
    partitions: Type.Integer(),
    config: Type.Record(Type.String(), Type.String()),
    types: Type.Array(Type.String()),
  }),
);

/**
 * The contracts as they were last released: a JSON Schema per event, named after its type, and one file each for
 * headers and topics.
 *
 * @throws Error when a file cannot be read or holds something else
 */
export function readReleased(folder = releasedFolder): ContractSet {
  const read = (...names: readonly string[]): unknown =>
    JSON.parse(readFileSync(path.join(folder, ...names), 'utf8'));
  const files = readdirSync(path.join(folder, 'schemas')).toSorted();
  const schemas = files.map((file) => [path.basename(file, '.json'), read('schemas', file)]);
  return {
    schemas: Value.Parse(Schemas, Object.fromEntries(schemas)),
    headers: Value.Parse(Schemas, read('headers.json')),
    topics: Value.Parse(Topics, read('topics.json')),
  };
}

/** Writes what is released from now on; what was released before is replaced. */
export function writeReleased(contracts: ContractSet, folder = releasedFolder): void {
  const write = (content: unknown, ...names: readonly string[]): void =>
    writeFileSync(path.join(folder, ...names), `${JSON.stringify(content, undefined, 2)}\n`);
  mkdirSync(path.join(folder, 'schemas'), { recursive: true });
  for (const [type, schema] of Object.entries(contracts.schemas)) write(schema, 'schemas', `${type}.json`);
  write(contracts.headers, 'headers.json');
  write(contracts.topics, 'topics.json');
}
