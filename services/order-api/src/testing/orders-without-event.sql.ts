/**
 * Orders whose row was last written by a transaction that did not write the outbox row of the row's version, and
 * orders whose events are not numbered 1 to that version: promises P1 and P3, asked of the database itself. `xmin`
 * is the low half of the transaction id that the outbox row carries whole. For whoever may read both tables; reads
 * them whole, so it is for tests and audits.
 */
export const ordersWithoutEvent = `
select o.id, o.version
from orders o
where not exists (
    select from outbox e
    where e.key = o.id::text and e.version = o.version
      and e.xid::text::numeric % 4294967296 = o.xmin::text::numeric)
  or (select array_agg(e.version order by e.seq) from outbox e where e.key = o.id::text)
     is distinct from (select array_agg(n) from generate_series(1, o.version) n)
order by o.id
`;
