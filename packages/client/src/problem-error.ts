import type { components } from './api-types.ts';

export type Problem = components['schemas']['Problem'];

/** An answer that is no success, as the API tells it. `problem.type` is a page that says what to do. */
export class ApiProblemError extends Error {
  readonly code = 'API_PROBLEM';
  readonly problem: Problem;
  /** The last part of `type`: `insufficient-stock`. */
  readonly problemName: string;
  readonly status: number;

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail} (request ${problem.instance})`);
    this.name = 'ApiProblemError';
    this.problem = problem;
    this.problemName = problem.type.split('/').at(-1) ?? problem.type;
    this.status = problem.status;
  }
}

/** Something between the client and the API answered, or the address is another service's. */
export class UnexpectedAnswerError extends Error {
  readonly code = 'UNEXPECTED_ANSWER';
  readonly status: number;

  constructor(status: number, body: string) {
    super(`the answer ${status} is no problem of the API: ${body.slice(0, 200)}`);
    this.name = 'UnexpectedAnswerError';
    this.status = status;
  }
}

/** @returns the error that the answer stands for */
export async function errorOf(response: Response): Promise<ApiProblemError | UnexpectedAnswerError> {
  const text = await response.text();
  if (response.headers.get('content-type')?.startsWith('application/problem+json')) {
    const problem: unknown = JSON.parse(text);
    if (isProblem(problem)) return new ApiProblemError(problem);
  }
  return new UnexpectedAnswerError(response.status, text);
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['type', 'title', 'detail', 'instance'];
  return texts.every((name) => typeof Reflect.get(value, name) === 'string') && 'status' in value;
}
