/**
 * What publishing needs of @platformatic/kafka, from the modules where it is written. The package's index is all that it
 * lets others import, and loads its consumers and schema registries too: 25 MB that the relay would keep for nothing. The
 * version is pinned; what another one moves is missing as soon as this is loaded.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as client from '@platformatic/kafka';

type Client = typeof client;

const index = pathToFileURL(createRequire(import.meta.url).resolve('@platformatic/kafka'));

/** @throws Error when the module has no such export, which an import by a computed name does not notice */
async function part<Name extends keyof Client>(
  file: string,
  ...names: readonly Name[]
): Promise<Pick<Client, Name>> {
  const found: Client = await import(new URL(file, index).href);
  const missing = names.find((name) => found[name] === undefined);
  if (missing !== undefined) throw new Error(`@platformatic/kafka has no ${missing} in ${file}`);
  return found;
}

export type Connection = client.Connection;
export type Writer = client.Writer;

export const { Connection, parseBroker } = await part('network/index.js', 'Connection', 'parseBroker');
export const { Writer } = await part('protocol/index.js', 'Writer');
export const { metadataV12, ProduceAcks, produceV9 } = await part(
  'apis/index.js',
  'metadataV12',
  'ProduceAcks',
  'produceV9',
);
export const { AuthenticationError, NetworkError, ProtocolError, ResponseError, TimeoutError } = await part(
  'errors.js',
  'AuthenticationError',
  'NetworkError',
  'ProtocolError',
  'ResponseError',
  'TimeoutError',
);
