import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler, FastifySchema } from 'fastify';
import type { FastifyError } from 'fastify';
import type { ProblemReport } from './problems.ts';

type ValidationErrors = NonNullable<FastifyError['validation']>;

/** Shown at most; a body of 256 KiB can be wrong in many places. */
const ERRORS_SHOWN = 20;

/**
 * Fastify's own validator turns "2" into 2 and drops unknown fields silently. Bodies are taken as they are; query
 * strings and paths, which can only be text, are read as the numbers that their schema asks for.
 */
export function validatorCompiler(): FastifySchemaCompiler<FastifySchema> {
  const strict = new Ajv({
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
  });
  const reading = new Ajv({ allErrors: true, coerceTypes: true, removeAdditional: false, useDefaults: true });
  return ({ schema, httpPart }): ValidateFunction => (httpPart === 'body' ? strict : reading).compile(schema);
}

/** Names every place that is wrong, as a JSON pointer into the part of the request that it stands in. */
export function validationReport(errors: ValidationErrors, part = 'body'): ProblemReport {
  const places = errors.slice(0, ERRORS_SHOWN).map((error) => ({
    pointer: `#${error.instancePath}${memberOf(error)}`,
    detail: sentenceOf(error),
  }));
  const where = part === 'querystring' ? 'query' : part;
  const more =
    errors.length > places.length ? ` The first ${places.length} of ${errors.length} are shown.` : '';
  return {
    name: 'invalid-request',
    detail: `The ${where} is wrong in ${errors.length === 1 ? 'one place' : `${errors.length} places`}.${more}`,
    errors: places,
  };
}

/** ajv names a missing or unknown member beside the path of its object. */
function memberOf({ params }: ValidationErrors[number]): string {
  const member = params['missingProperty'] ?? params['additionalProperty'];
  return typeof member === 'string' ? `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
}

function sentenceOf({ keyword, message }: ValidationErrors[number]): string {
  if (keyword === 'required') return 'is missing';
  if (keyword === 'additionalProperties') return 'is not known here';
  return message ?? 'is not valid';
}
