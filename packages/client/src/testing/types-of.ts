import openapiTS, { astToString } from 'openapi-typescript';

/** The TypeScript types of an OpenAPI document, as `src/api-types.ts` holds them. */
export async function typesOf(document: string): Promise<string> {
  const types = astToString(await openapiTS(document, { alphabetize: true }));
  return `// Generated from the OpenAPI document by npm run generate:client; do not edit. Long because the API is one contract.\n\n${types}`;
}
