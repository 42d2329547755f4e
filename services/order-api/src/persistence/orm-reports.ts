import type { MikroORM } from '@mikro-orm/postgresql';
import type { Reports } from '../use-cases/reports.ts';
import { storageErrorOf } from './sql-state.ts';
import { topBuyers } from './top-buyers.sql.ts';

/** @param orm with a pool of its own, so that a report takes no connection from orders; perhaps on a replica */
export function ormReports(orm: MikroORM): Reports {
  return {
    async topBuyers(limit) {
      try {
        return await orm.em.fork().transactional((em) => topBuyers(em, limit), { readOnly: true });
      } catch (error) {
        throw storageErrorOf(error);
      }
    },
  };
}
