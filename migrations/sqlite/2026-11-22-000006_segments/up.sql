-- Segments are the shop's. Those that come with Patron are stored by the program that starts first.
CREATE TABLE segments (
    id uuid NOT NULL,
    name text NOT NULL,
    description text,
    definition jsonb NOT NULL,
    is_built_in boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT segments_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX segments_name_key ON segments (name);

-- Who was a member when. What becomes of the segment later does not change it.
CREATE TABLE segment_snapshots (
    id uuid NOT NULL,
    segment_id uuid NOT NULL,
    segment_version bigint NOT NULL,
    member_count bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT segment_snapshots_pkey PRIMARY KEY (id),
    CONSTRAINT segment_snapshots_segment_id_fkey FOREIGN KEY (segment_id) REFERENCES segments (id) ON DELETE CASCADE
);
CREATE INDEX segment_snapshots_segment_id_idx ON segment_snapshots (segment_id, id);

CREATE TABLE segment_members (
    customer_id uuid NOT NULL,
    snapshot_id uuid NOT NULL,
    CONSTRAINT segment_members_pkey PRIMARY KEY (customer_id, snapshot_id),
    CONSTRAINT segment_members_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT segment_members_snapshot_id_fkey FOREIGN KEY (snapshot_id) REFERENCES segment_snapshots (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX segment_members_snapshot_id_idx ON segment_members (snapshot_id, customer_id);
