import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's top folder. */
export const repositoryRoot = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Downloads that `npm start` and `npm test` share; everything in it can be had again. */
export const cacheDir = path.join(repositoryRoot, '.local', 'cache');
