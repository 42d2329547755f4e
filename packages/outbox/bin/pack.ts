/** `npm run pack:outbox [-- folder]`: makes the tarball that another project installs, and prints its path. */
import path from 'node:path';
import { packOutbox } from './tarball.ts';

const root = path.resolve(import.meta.dirname, '../../..');
console.log(packOutbox(path.resolve(root, process.argv[2] ?? '.local/pack')));
