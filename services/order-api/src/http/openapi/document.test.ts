import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { scopes } from '../../domain/principal.ts';
import { contractOf } from '../../testing/contract.ts';
import { documentedApi } from '../../testing/documented-api.ts';
import { problemCatalogue } from '../problem-catalogue.ts';
import { problemsOfNoOperation } from './operation-problems.ts';
import { documentRoutes } from './document.ts';

const app = await documentedApi();
const { document, operations } = contractOf((await app.inject('/openapi.json')).json());

describe('the OpenAPI document', () => {
  it('has no place for a route that says nothing of itself', async () => {
    const mute = Fastify();
    await documentRoutes(mute, 'https://orders.example');
    mute.get('/v1/mute', async () => 'nothing');
    await expect(mute.ready()).rejects.toThrow('GET /v1/mute');
  });

  it('gives each operation an id of its own and tags that it explains', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const known = document.tags.map(({ name }) => name);
    expect(operations.flatMap(({ tags }) => tags).filter((tag) => !known.includes(tag))).toEqual([]);
  });

  it.each(operations)('says what $operationId needs and answers', ({ security, responses }) => {
    for (const alternative of security) {
      expect(scopes).toEqual(expect.arrayContaining(alternative['bearer'] ?? ['no bearer']));
    }
    const statuses = Object.keys(responses);
    expect(statuses.filter((status) => !/^\d{3}$/.test(status))).toEqual([]);
    expect(statuses).toEqual(expect.arrayContaining(['408', '431', '500', '503']));
    expect(statuses.includes('401')).toBe(security.length > 0);
    for (const { headers } of Object.values(responses)) expect(headers).toHaveProperty('x-request-id');
  });

  it('shows each problem under its own status, with the catalogue’s title', () => {
    const shown = operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Object.entries(content['application/problem+json']?.examples ?? {}).map(([name, { value }]) => ({
          name,
          status,
          value,
        })),
      ),
    );
    const named = [...shown.map(({ name }) => name), ...problemsOfNoOperation];
    expect(new Set(named)).toEqual(new Set(Object.keys(problemCatalogue)));
    for (const { name, status, value } of shown) {
      const kind = Object.entries(problemCatalogue).find(([other]) => other === name)?.[1];
      expect(String(kind?.status)).toBe(status);
      expect(value).toMatchObject({
        title: kind?.title,
        type: `${document.servers[0]?.url}/problems/${name}`,
      });
    }
  });

  it('asks for the key where a key is asked for', () => {
    const keyed = operations.filter(({ parameters = [] }) =>
      parameters.some(
        ({ in: place, name, required }) => place === 'header' && name === 'idempotency-key' && required,
      ),
    );
    expect(keyed.map(({ operationId }) => operationId)).toContain('placeOrder');
  });

  it('names the things that it speaks of once', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['NewOrder', 'Order', 'Problem', 'Product', 'User']),
    );
    expect(JSON.stringify(document.paths)).not.toContain('"title":"Order"');
  });
});

describe('the readable page', () => {
  it('takes nothing from another host', async () => {
    const page = await app.inject('/docs/');
    expect(page.statusCode).toBe(200);
    const files = [...page.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((url) => /^([a-z]+:)?\/\//.test(url))).toEqual([]);
    for (const file of files) {
      expect((await app.inject(new URL(file, 'http://x/docs/').pathname)).statusCode).toBe(200);
    }
    const settings = await app.inject('/docs/static/swagger-initializer.js');
    expect(settings.payload).toContain('"validatorUrl":null');
  });
});
