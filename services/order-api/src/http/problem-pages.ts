import { Type } from 'typebox';
import { named } from './fields.ts';
import { problemCatalogue, type ProblemName } from './problem-catalogue.ts';

export const ProblemKindView = named('ProblemKind', {
  name: Type.String(),
  type: Type.String({ format: 'uri', description: '`type` of the problem, and its own address' }),
  status: Type.Integer(),
  title: Type.String(),
  when: Type.String({ description: 'when it is answered' }),
  remedy: Type.String({ description: 'what to do about it' }),
});
export type ProblemKindView = Type.Static<typeof ProblemKindView>;

export function problemKindView(name: ProblemName, publicUrl: string): ProblemKindView {
  const { status, title, when, remedy } = problemCatalogue[name];
  return { name, type: `${publicUrl}/problems/${name}`, status, title, when, remedy };
}

/** One problem as a page of its own; what it says is the catalogue's, so nothing of a request is in it. */
export function problemPage({ name, status, title, when, remedy }: ProblemKindView): string {
  return page(
    title,
    `<p><code>${escaped(name)}</code>, status ${status}</p>
<h2>When</h2><p>${escaped(when)}</p>
<h2>What to do</h2><p>${escaped(remedy)}</p>
<p><a href="../problems">All problems</a> · <a href="../docs">The API</a></p>`,
  );
}

export function problemListPage(kinds: readonly ProblemKindView[]): string {
  const rows = kinds.map(
    ({ name, status, title }) =>
      `<tr><td>${status}</td><td><a href="problems/${escaped(name)}">${escaped(name)}</a></td><td>${escaped(title)}</td></tr>`,
  );
  return page('Problems', `<table>\n${rows.join('\n')}\n</table>\n<p><a href="docs">The API</a></p>`);
}

/** No style sheet and no script: nothing for a content security policy to forbid. */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)} · Waybill</title></head>
<body>
<h1>${escaped(title)}</h1>
${body}
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
