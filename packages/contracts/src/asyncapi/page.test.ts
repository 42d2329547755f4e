import { expect, test } from 'vitest';
import { plainSchema } from '../json-schema.ts';
import { orderEvents } from '../order-events.ts';
import { asyncApiDocument } from './document.ts';
import { fieldRows } from './field-rows.ts';
import { asyncApiPage } from './page.ts';

const document = asyncApiDocument('https://waybill.example');
const page = asyncApiPage(document);

test('the page shows every topic, type and field of the document', () => {
  for (const { topic, type, schema } of orderEvents) {
    expect(page).toContain(`<code>${topic}</code>`);
    expect(page).toContain(`<code>${type}</code>`);
    for (const { name } of fieldRows(plainSchema(schema))) expect(page).toContain(`<code>${name}</code>`);
  }
  expect(page).toContain('<code>waybill.event.discarded.v1</code>');
  expect(page).toContain('ce_id: 0198c0de-0000-7000-8000-0000000000aa:1');
});

test('a browser fetches nothing to show it', () => {
  expect(page).not.toMatch(/<(script|link|img|iframe)|@import|url\(|\ssrc=/i);
});

test('every link leads to a place on the page, to the document or to a schema', () => {
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href);
  const ids = [...page.matchAll(/id="([^"]+)"/g)].map(([, id]) => `#${id}`);
  const schemas = orderEvents.map(({ dataschemaPath }) => `https://waybill.example${dataschemaPath}`);
  expect(links.filter((href) => ![...ids, ...schemas, 'asyncapi.json'].includes(href))).toEqual([]);
  expect(links.length).toBeGreaterThan(5);
});

test('what stands in a document is text and no markup', () => {
  const info = { ...document.info, title: `<b onclick="x">&'` };
  expect(asyncApiPage({ ...document, info })).toContain('<h1>&lt;b onclick=&quot;x&quot;&gt;&amp;&#39; ');
});

test('a field is shown with its place, its rule and whether it is always there', () => {
  const schema = {
    properties: {
      lines: {
        type: 'array',
        minItems: 1,
        maxItems: 9,
        items: { properties: { sku: { type: 'string', minLength: 1, pattern: '^x' } }, required: ['sku'] },
      },
      kind: { const: 'a', description: 'Its kind.' },
    },
    required: ['kind'],
  };
  expect(fieldRows(schema)).toEqual([
    { name: 'lines', type: 'array', presence: 'sometimes', rule: '1 … 9 of them', description: '' },
    {
      name: 'lines[].sku',
      type: 'string',
      presence: 'always',
      rule: 'at least 1 character, matches ^x',
      description: '',
    },
    { name: 'kind', type: '', presence: 'always', rule: 'always "a"', description: 'Its kind.' },
  ]);
});
