-- Surveys are the shop's; invitations and responses belong to a customer.

CREATE TABLE surveys (
    id uuid NOT NULL,
    title text NOT NULL,
    introduction text,
    series text,
    has_open_link boolean NOT NULL,
    questions jsonb NOT NULL,
    status text NOT NULL,
    version bigint NOT NULL,
    opened_at timestamptz,
    closed_at timestamptz,
    answered_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT surveys_pkey PRIMARY KEY (id),
    CONSTRAINT surveys_status_check CHECK (status IN ('draft', 'open', 'closed'))
);
CREATE INDEX surveys_series_idx ON surveys (series, opened_at);
CREATE INDEX surveys_status_idx ON surveys (status, id);

-- Nobody can guess a token, so that no two are the same: its digest needs no claim.
CREATE TABLE survey_invitations (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    survey_id uuid NOT NULL,
    token_digest text NOT NULL,
    expires_at timestamptz NOT NULL,
    message_id uuid,
    response_id uuid,
    answered_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT survey_invitations_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT survey_invitations_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT survey_invitations_survey_id_fkey FOREIGN KEY (survey_id) REFERENCES surveys (id)
);
CREATE UNIQUE INDEX survey_invitations_customer_id_survey_id_key ON survey_invitations (customer_id, survey_id);
CREATE INDEX survey_invitations_survey_id_idx ON survey_invitations (survey_id, id);
CREATE INDEX survey_invitations_token_digest_idx ON survey_invitations (token_digest);

-- A response of nobody known is owned by itself (customer_id = id), so no foreign key to customers stands here: `patron check` proves it.
CREATE TABLE survey_responses (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    survey_id uuid NOT NULL,
    channel text NOT NULL,
    tier text,
    card_kind text,
    answers jsonb NOT NULL,
    feedback_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT survey_responses_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT survey_responses_survey_id_fkey FOREIGN KEY (survey_id) REFERENCES surveys (id),
    CONSTRAINT survey_responses_channel_check CHECK (channel IN ('web', 'mobile', 'email', 'phone', 'fax', 'in_store'))
);
CREATE INDEX survey_responses_survey_id_idx ON survey_responses (survey_id, id);
