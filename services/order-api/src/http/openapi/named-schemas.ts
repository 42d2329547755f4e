type Json = Readonly<Record<string, unknown>>;

/** Places whose content is data, not schemas: a problem's example has a title too. */
const data = new Set(['example', 'examples', 'default', 'const', 'enum']);

/**
 * Moves every schema with a title to `components.schemas` and leaves a reference in its place, so that the document
 * and the clients generated from it have one type per thing.
 *
 * @throws Error when two different schemas have one title
 */
export function nameSchemas(document: Json): Json {
  const named = new Map<string, unknown>();

  function visit(value: unknown, key: string): unknown {
    if (data.has(key) || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item: unknown) => visit(item, ''));
    const entries = Object.entries(value).map(([name, member]) => [name, visit(member, name)] as const);
    const visited = Object.fromEntries(entries);
    const { title, type, anyOf } = visited;
    if (typeof title !== 'string' || (type === undefined && anyOf === undefined)) return visited;
    const before = named.get(title);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(visited)) {
      throw new Error(`two schemas are titled ${title}`);
    }
    named.set(title, visited);
    return { $ref: `#/components/schemas/${title}` };
  }

  const paths = visit(document['paths'], 'paths');
  const { components } = document;
  const sorted = Object.fromEntries([...named].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...document,
    paths,
    components: { ...(typeof components === 'object' && components), schemas: sorted },
  };
}
