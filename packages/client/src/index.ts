export type { components, paths } from './api-types.ts';
export { bodyOf, type OrderApi, orderApi, type OrderApiOptions } from './order-api.ts';
export { defaultPatience, type Patience } from './patience.ts';
export { ApiProblemError, type Problem, UnexpectedAnswerError } from './problem-error.ts';
