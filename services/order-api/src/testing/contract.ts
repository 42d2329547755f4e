import { Type } from 'typebox';
import Value from 'typebox/value';

const Example = Type.Object({ value: Type.Unknown() });
const Parameter = Type.Object({
  in: Type.String(),
  name: Type.String(),
  required: Type.Boolean(),
  schema: Type.Object({ examples: Type.Optional(Type.Array(Type.String())) }),
  example: Type.Optional(Type.Unknown()),
});

/** As much of OpenAPI 3.1 as the tests look at. Strict where Waybill wants more than OpenAPI does. */
const Operation = Type.Object({
  operationId: Type.String(),
  summary: Type.String(),
  tags: Type.Array(Type.String(), { minItems: 1 }),
  security: Type.Array(Type.Record(Type.String(), Type.Array(Type.String()))),
  parameters: Type.Optional(Type.Array(Parameter)),
  requestBody: Type.Optional(
    Type.Object({
      content: Type.Object({ 'application/json': Type.Object({ example: Type.Object({}) }) }),
    }),
  ),
  responses: Type.Record(
    Type.String(),
    Type.Object({
      description: Type.String({ minLength: 5 }),
      headers: Type.Record(Type.String(), Type.Object({ schema: Type.Object({}) })),
      content: Type.Record(
        Type.String(),
        Type.Object({
          schema: Type.Object({}),
          examples: Type.Optional(Type.Record(Type.String(), Example)),
        }),
      ),
    }),
  ),
});
const Document = Type.Object({
  openapi: Type.Literal('3.1.1'),
  servers: Type.Array(Type.Object({ url: Type.String() })),
  tags: Type.Array(Type.Object({ name: Type.String() })),
  paths: Type.Record(Type.String(), Type.Record(Type.String(), Operation)),
  components: Type.Object({
    schemas: Type.Record(Type.String(), Type.Object({})),
    securitySchemes: Type.Object({ bearer: Type.Object({}) }),
  }),
});
export type Document = Type.Static<typeof Document>;

export interface DocumentedOperation extends Type.Static<typeof Operation> {
  readonly method: string;
  /** With `{name}` for a parameter. */
  readonly path: string;
}

/** The service's own OpenAPI document, as tests ask it. @throws AssertError when it is not shaped as we want it */
export interface Contract {
  readonly document: Document;
  readonly operations: readonly DocumentedOperation[];
  /** What of an answer the document does not know; undefined when it knows all of it, or no such operation at all. */
  surprise(call: { readonly method: string; readonly path: string }, answer: Answered): string | undefined;
}

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly contentType: string;
}

export function contractOf(served: unknown): Contract {
  const document = Value.Parse(Document, served);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
  return {
    document,
    operations,
    surprise({ method, path }, { status, text, contentType }) {
      const [pathname = ''] = path.split('?');
      const operation = operations.find(
        (one) => one.method === method && pathPattern(one.path).test(pathname),
      );
      if (!operation) return undefined;
      const declared = operation.responses[status];
      if (!declared) return `${operation.operationId} answered ${status}`;
      const [mediaType = ''] = contentType.split(';');
      const content = declared.content[mediaType];
      if (!content) return `${operation.operationId} answered ${status} as ${mediaType}`;
      const problem = mediaType === 'application/problem+json' ? problemNameIn(text) : undefined;
      return problem === undefined || (content.examples && problem in content.examples)
        ? undefined
        : `${operation.operationId} answered the problem ${problem}`;
    },
  };
}

/** Every problem that the operation declares. */
export function declaredProblems({ responses }: DocumentedOperation): readonly string[] {
  return Object.values(responses).flatMap(({ content }) =>
    Object.keys(content['application/problem+json']?.examples ?? {}),
  );
}

function problemNameIn(text: string): string | undefined {
  const problem: unknown = JSON.parse(text);
  const type = typeof problem === 'object' && problem !== null && 'type' in problem && String(problem.type);
  return type ? type.split('/').at(-1) : undefined;
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`);
}
