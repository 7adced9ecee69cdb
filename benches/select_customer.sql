-- pgbench's side of GET /v1/customers/{id}: what the server asks PostgreSQL. scripts/bench repeats the statements for many ids.
SELECT id, kind, name, nickname, email, phone, gender, birth_date, locale, lifecycle, stopped_reason, acquisition_channel, tags, interests, attributes, organisation, profiling_opt_out, external_refs, version, created_at, updated_at FROM customers WHERE id = :id;
