import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { apiTypes, apiTypesFile } from './api-types.ts';

it('the client’s types are those of the order API as it is: if not, npm run generate:client', async () => {
  expect(await readFile(apiTypesFile, 'utf8')).toBe(await apiTypes());
});
