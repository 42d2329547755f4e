/**
 * What publishing needs of @platformatic/kafka, from the modules where it is written. The package's index is all that it
 * lets others import, and loads its consumers, schema registries and their validators too: 25 MB that the relay would
 * keep for nothing. The version is pinned; a file that another one moves is missing at once, when this is loaded.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as client from '@platformatic/kafka';

type Client = typeof client;

const index = pathToFileURL(createRequire(import.meta.url).resolve('@platformatic/kafka'));

async function part<Name extends keyof Client>(file: string): Promise<Pick<Client, Name>> {
  return await import(new URL(file, index).href);
}

export const { Connection, parseBroker } = await part<'Connection' | 'parseBroker'>('network/index.js');
export const { Writer } = await part<'Writer'>('protocol/index.js');
export const { metadataV12, ProduceAcks, produceV9 } = await part<
  'metadataV12' | 'ProduceAcks' | 'produceV9'
>('apis/index.js');
export const { AuthenticationError, NetworkError, ProtocolError, ResponseError, TimeoutError } = await part<
  'AuthenticationError' | 'NetworkError' | 'ProtocolError' | 'ResponseError' | 'TimeoutError'
>('errors.js');
