import { fileURLToPath } from 'node:url';
import { typesOf } from '@waybill/client/testing';
import { documentedApi } from '../../services/order-api/src/testing/documented-api.ts';

export const apiTypesFile = fileURLToPath(new URL('../../packages/client/src/api-types.ts', import.meta.url));

/** The client's types, generated from the document that the order API serves. */
export async function apiTypes(): Promise<string> {
  await using api = await documentedApi();
  return typesOf((await api.inject('/openapi.json')).payload);
}
