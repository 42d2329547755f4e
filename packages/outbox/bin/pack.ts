/** `npm run pack:outbox [-- folder]`: makes the tarball that another project installs, and prints its path. */
import path from 'node:path';
import { packOutbox, repository } from './tarball.ts';

console.log(packOutbox(path.resolve(repository, process.argv[2] ?? '.local/pack')));
