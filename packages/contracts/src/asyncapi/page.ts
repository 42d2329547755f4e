import type { AsyncApiChannel, AsyncApiDocument, AsyncApiExample, AsyncApiMessage } from './document.ts';
import { fieldRows } from './field-rows.ts';
import type { JsonSchema } from '../json-schema.ts';

/** The document as one HTML page: no script, no font, nothing that a browser would have to fetch. */
export function asyncApiPage(document: AsyncApiDocument): string {
  const { info, channels, components } = document;
  const messages = Object.entries(components.messages);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(info.title)}</title>
<style>${style}</style>
<main>
<h1>${escape(info.title)} <small>${escape(info.version)}</small></h1>
${paragraphs(info.description)}
<p>This page is made from <a href="asyncapi.json">asyncapi.json</a> (AsyncAPI ${escape(document.asyncapi)}).</p>
<h2>Topics</h2>
${Object.values(channels).map(topicSection).join('\n')}
<h2>Messages</h2>
${messages.map(([id, message]) => messageSection(id, message, schemaOf(message, document))).join('\n')}
</main>
</html>
`;
}

function schemaOf({ payload }: AsyncApiMessage, document: AsyncApiDocument): JsonSchema | undefined {
  return payload && document.components.schemas[payload.$ref.slice('#/components/schemas/'.length)];
}

function topicSection({ address, description, messages, bindings }: AsyncApiChannel): string {
  const { partitions, topicConfiguration } = bindings.kafka;
  const carried = Object.keys(messages).map(
    (id) => `<a href="#${escape(id)}"><code>${escape(id)}</code></a>`,
  );
  const config = Object.entries(topicConfiguration).map(([name, value]) => `${name}=${String(value)}`);
  return `<section>
<h3><code>${escape(address)}</code></h3>
${paragraphs(description)}
<p>${partitions} partitions, ${escape(config.join(', '))}. Carries ${carried.join(' and ')}.</p>
</section>`;
}

function messageSection(id: string, message: AsyncApiMessage, data: JsonSchema | undefined): string {
  const { title, name, summary, headers, examples } = message;
  const [example] = examples;
  const schemaUrl = example.headers['ce_dataschema'];
  const link = schemaUrl === undefined ? '' : ` · <a href="${escape(schemaUrl)}">JSON Schema</a>`;
  return `<section id="${escape(id)}">
<h3>${escape(title)}</h3>
<p><code>${escape(name)}</code>${link}</p>
${paragraphs(summary)}
${data === undefined ? '<p>The value is empty.</p>' : `<h4>Data</h4>\n${fieldTable(data)}`}
<h4>Headers</h4>
${fieldTable(headers)}
<h4>Example</h4>
${exampleBlock(example)}
</section>`;
}

function fieldTable(schema: JsonSchema): string {
  const rows = fieldRows(schema).map(
    ({ name, type, presence, rule, description }) =>
      `<tr><td><code>${escape(name)}</code><td>${escape(type)}<td>${presence}<td>${escape(description)}${
        rule === '' ? '' : ` <code>${escape(rule)}</code>`
      }`,
  );
  return `<table>
<tr><th>field<th>type<th>there<th>meaning
${rows.join('\n')}
</table>`;
}

function exampleBlock({ headers, payload }: AsyncApiExample): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const value = payload === undefined ? '' : `\n\n${JSON.stringify(payload, undefined, 2)}`;
  return `<pre>${escape(lines.join('\n'))}${escape(value)}</pre>`;
}

function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${escape(paragraph)}</p>`)
    .join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
section { border-top: 1px solid #8886; }
small { font-weight: normal; opacity: .7; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8883; }
td code { overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 1rem; background: #8881; font-size: .85rem; }
`;
