import type { OutboxRoles } from './roles.ts';

const asSeenBy = ({ ops, jobs }: OutboxRoles, headers: string): string => `
create view ops_outbox_event as
  select lane, seq, topic, key, version, type, created_at, ${headers},
         sha256(convert_to(payload, 'UTF8')) as payload_sha256
  from outbox;
comment on view ops_outbox_event is 'events without their contents; the digest tells whether Kafka holds the same bytes';
grant select on ops_outbox_event to ${ops}, ${jobs};
`;

/**
 * Headers as the text that they are sent by, as the payload is: making text of jsonb was a third of what the relay's
 * read cost. What an earlier writer stored becomes the text that was read of it until now, so that nothing that is
 * sent again differs. Rewrites the days that are kept, while nobody writes or reads
 * them (150,000 rows took 8 s on a busy machine). Gives up after 5 s in which somebody else holds one of the tables,
 * rather than let every order queue behind it.
 */
export function keepHeadersAsText(roles: OutboxRoles): string {
  return `
set local lock_timeout = '5s';
lock table outbox_parked, outbox in access exclusive mode;
drop view ops_outbox_event;
alter table outbox
  alter column headers type text using headers::text,
  add constraint ck_outbox_headers_json check (headers is json);
alter table outbox_parked
  alter column headers type text using headers::text;
${asSeenBy(roles, 'headers::json as headers')}`;
}

export function keepHeadersAsJson(roles: OutboxRoles): string {
  return `
drop view ops_outbox_event;
alter table outbox_parked
  alter column headers type jsonb using headers::jsonb;
alter table outbox
  drop constraint ck_outbox_headers_json,
  alter column headers type jsonb using headers::jsonb;
${asSeenBy(roles, 'headers')}`;
}
