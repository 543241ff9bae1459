-- The plumbing: sign-ins, what staff may do, attempt limits, the journal.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA platform;

CREATE TABLE platform.session (
  id uuid PRIMARY KEY,
  actor_kind text NOT NULL CHECK (actor_kind IN ('member', 'staff')),
  actor_id uuid NOT NULL,
  group_id uuid,
  refresh_hash bytea NOT NULL UNIQUE,
  spent_hash bytea,
  created_at timestamptz NOT NULL,
  used_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  device text NOT NULL
);
CREATE INDEX session_actor ON platform.session (actor_id, id DESC) WHERE revoked_at IS NULL;
CREATE INDEX session_spent ON platform.session (spent_hash) WHERE spent_hash IS NOT NULL;
CREATE INDEX session_revoked ON platform.session (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE platform.staff_grant (
  staff_id uuid NOT NULL,
  id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('operator', 'merchant_manager', 'clerk', 'guide')),
  group_id uuid NOT NULL,
  mall_id uuid,
  merchant_id uuid,
  shop_id uuid,
  PRIMARY KEY (staff_id, id),
  CHECK (role = 'operator' OR merchant_id IS NOT NULL OR shop_id IS NOT NULL)
);
CREATE INDEX staff_grant_scope ON platform.staff_grant (group_id, mall_id, merchant_id, shop_id);

CREATE TABLE platform.attempt (
  bucket text NOT NULL,
  window_start timestamptz NOT NULL,
  attempts integer NOT NULL CHECK (attempts > 0),
  PRIMARY KEY (bucket, window_start)
);
CREATE INDEX attempt_window ON platform.attempt (window_start);

CREATE TABLE platform.journal (
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid NOT NULL,
  mall_id uuid,
  idempotency_key text,
  input_hash bytea NOT NULL,
  subject text,
  detail jsonb,
  result jsonb,
  events jsonb NOT NULL,
  PRIMARY KEY (actor_id, id)
);
CREATE UNIQUE INDEX journal_key ON platform.journal (actor_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX journal_mall ON platform.journal (mall_id, id DESC);
CREATE INDEX journal_subject ON platform.journal (subject) WHERE subject IS NOT NULL;

CREATE FUNCTION platform.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE ON platform.journal
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
