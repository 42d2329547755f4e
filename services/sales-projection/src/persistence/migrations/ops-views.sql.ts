/** What operators see of dead letters and keys that stand still. No event holds personal data. */
export const createOpsViews = `
create view ops_dead_letters as
  select id, consumer_group, topic, kafka_partition, kafka_offset, message_key, key, version, epoch,
    payload, headers, reason, detail, attempts, state, wish, dead_at, resolved_at,
    copied_at
  from inbox_dead_letter;

create view ops_stopped_keys as
  select consumer_group, key, version, stopped_version, stop_reason from inbox_gate where stopped_version is not null;

create view ops_inbox_audit as
  select audit.id, audit.at, letter.consumer_group, audit.dead_letter_id, audit.action, audit.actor, audit.reason
  from inbox_audit audit join inbox_dead_letter letter on letter.id = audit.dead_letter_id;

grant select on ops_dead_letters, ops_stopped_keys, ops_inbox_audit to waybill_ops;
`;

export const dropOpsViews = `
drop view ops_inbox_audit, ops_stopped_keys, ops_dead_letters;
`;
