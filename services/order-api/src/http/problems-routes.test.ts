import { describe, expect, it } from 'vitest';
import { documentedApi } from '../testing/documented-api.ts';
import { publicUrl } from '../testing/order-api.ts';
import { problemCatalogue } from './problem-catalogue.ts';

const app = await documentedApi();
const get = async (url: string, accept?: string) =>
  app.inject({
    method: 'GET',
    url: url.replace(publicUrl, ''),
    headers: accept === undefined ? {} : { accept },
  });

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the address of a problem', () => {
  it.each(Object.entries(problemCatalogue))(
    'says what to do: %s',
    async (name, { status, title, when, remedy }) => {
      const type = `${publicUrl}/problems/${name}`;
      const json = await get(type);
      expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(json.json()).toEqual({ name, type, status, title, when, remedy });

      const page = await get(type, browser);
      expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'accept' });
      for (const text of [title, when, remedy]) {
        expect(page.payload).toContain(text.replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
      }
    },
  );

  it('is not there for a problem that nobody has', async () => {
    expect((await get('/problems/toString')).json()).toMatchObject({
      status: 404,
      detail: 'There is no such problem.',
    });
  });

  it('is linked from the list', async () => {
    const list = await get('/problems');
    expect(list.json<{ name: string }[]>().map(({ name }) => name)).toEqual(Object.keys(problemCatalogue));
    const page = await get('/problems', browser);
    const links = [...page.payload.matchAll(/href="(problems\/[^"]+)"/g)].map(([, link = '']) => link);
    expect(links).toHaveLength(Object.keys(problemCatalogue).length);
    for (const link of links) expect((await get(`/${link}`)).statusCode).toBe(200);
  });
});
