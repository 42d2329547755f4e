import { Type } from 'typebox';
import { problemCatalogue, type ProblemName } from './problem-catalogue.ts';

/** RFC 9457, with `errors` as in its section 3 and, for a lack of stock, the items. */
export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri', description: 'names the kind; a page that says what to do' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    instance: Type.String({ description: 'the id of the request' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          { pointer: Type.String({ description: 'JSON pointer, RFC 6901' }), detail: Type.String() },
          { additionalProperties: false },
        ),
      ),
    ),
    items: Type.Optional(
      Type.Array(
        Type.Object(
          { product_id: Type.String(), requested: Type.Integer(), available: Type.Integer() },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false, title: 'Problem' },
);
export type Problem = Type.Static<typeof Problem>;

/** A problem before it knows which request it answers. */
export interface ProblemReport {
  readonly name: ProblemName;
  /** One sentence for a person. Never a stack, SQL, or the name of a table. */
  readonly detail: string;
  readonly errors?: NonNullable<Problem['errors']>;
  readonly items?: NonNullable<Problem['items']>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler or a hook to answer with a problem. */
export class ProblemError extends Error {
  readonly code = 'PROBLEM';
  readonly report: ProblemReport;

  constructor(report: ProblemReport) {
    super(report.detail);
    this.name = 'ProblemError';
    this.report = report;
  }
}

export function problemOf(report: ProblemReport, publicUrl: string, requestId: string): Problem {
  const { name, detail, errors, items } = report;
  const { title, status } = problemCatalogue[name];
  return {
    type: `${publicUrl}/problems/${name}`,
    title,
    status,
    detail,
    instance: requestId,
    ...(errors && { errors: [...errors] }),
    ...(items && { items: [...items] }),
  };
}
