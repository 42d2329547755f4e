// The image's patch step: what infra/install does after `npm ci`, without its lock and its stamp.
import path from 'node:path';
import { applyPatches } from '../install/patch.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const changed = applyPatches(root, path.join(root, 'infra/install/patches'));
console.log(`patched ${changed.join(', ') || 'nothing'}`);
