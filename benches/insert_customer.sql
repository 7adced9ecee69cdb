-- pgbench's side of POST /v1/customers: what the server writes for it. The id is of version 7, as the server's are, so that both
-- sides append to the end of the index.
\set n random(1, 9000000000000000)
BEGIN;
INSERT INTO customers (id, kind, name, email, lifecycle, tags, interests, attributes, profiling_opt_out, external_refs, version, created_at, updated_at) VALUES ((lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid, 'individual', 'Bench Customer', 'pgbench-' || :n || '@lab.test', 'active', '[]', '[]', '{}', false, '[]', 1, now(), now()) RETURNING id \gset
INSERT INTO identifiers (kind, value, resource_id, customer_id) VALUES ('email', 'pgbench-' || :n || '@lab.test', :id, :id);
INSERT INTO customer_terms (customer_id, term) VALUES (:id, 'bench'), (:id, 'customer'), (:id, 'pgbench-' || :n || '@lab.test');
INSERT INTO audit_log (id, at, actor_kind, actor_id, operation, path, resource, status, fields, request_id) VALUES (gen_random_uuid(), now(), 'staff', :id, 'create_customer', '/v1/customers', :id, 201, '["email", "kind", "lifecycle", "name"]', 'pgbench-' || :n);
COMMIT;
