import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, it } from 'vitest';
import { documentedApi } from '../../testing/documented-api.ts';

/** Redocly's recommended rules, without an exception and without a warning. */
async function complaintsAbout(document: object): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({
    source: JSON.stringify(document),
    absoluteRef: 'openapi.json',
    config,
  });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

const app = await documentedApi();
const document = (await app.inject('/openapi.json')).json<{ paths: Record<string, object> }>();

it('the OpenAPI document is one that a linter has nothing to say about', async () => {
  expect(await complaintsAbout(document)).toEqual([]);
});

it('the linter would say something', async () => {
  const spoilt = { ...document, paths: { ...document.paths, '/v1/spoilt': { get: { responses: {} } } } };
  expect((await complaintsAbout(spoilt)).join()).toContain('operation-operationId');
});
