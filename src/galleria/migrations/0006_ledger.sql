-- The double-entry ledger: accounts, immutable entries of postings that sum to zero per asset, lots, holds.
-- depends: 0001_platform
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA ledger;

CREATE TABLE ledger.account (
  id uuid PRIMARY KEY,
  group_id uuid NOT NULL,
  kind text NOT NULL,
  owner_id uuid NOT NULL,
  asset text NOT NULL,
  guarded boolean NOT NULL,
  balance bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  CHECK (NOT guarded OR (balance >= 0 AND held >= 0 AND held <= balance)),
  CHECK (guarded OR (balance = 0 AND held = 0)),
  UNIQUE (owner_id, kind, asset)
) WITH (fillfactor = 80);
COMMENT ON COLUMN ledger.account.guarded IS
  'A guarded account keeps its balance here and never falls below zero; any other is summed from its postings.';

CREATE TABLE ledger.entry (
  id uuid PRIMARY KEY,
  group_id uuid NOT NULL,
  mall_id uuid,
  code text NOT NULL,
  reference uuid NOT NULL,
  at timestamptz NOT NULL,
  UNIQUE (code, reference)
);
CREATE INDEX entry_mall ON ledger.entry (mall_id, code, at);

CREATE TABLE ledger.posting (
  entry_id uuid NOT NULL REFERENCES ledger.entry,
  position smallint NOT NULL,
  account_id uuid NOT NULL REFERENCES ledger.account,
  asset text NOT NULL,
  amount bigint NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry_id, position)
);
CREATE INDEX posting_account ON ledger.posting (account_id, entry_id DESC);

CREATE TABLE ledger.lot (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES ledger.account,
  entry_id uuid NOT NULL REFERENCES ledger.entry,
  quantity bigint NOT NULL CHECK (quantity > 0),
  remaining bigint NOT NULL CHECK (remaining >= 0),
  expires_at timestamptz,
  CHECK (remaining <= quantity)
) WITH (fillfactor = 80);
CREATE INDEX lot_open ON ledger.lot (account_id, expires_at NULLS LAST, id) WHERE remaining > 0;
CREATE INDEX lot_due ON ledger.lot (expires_at) WHERE remaining > 0;

CREATE TABLE ledger.lot_use (
  entry_id uuid NOT NULL REFERENCES ledger.entry,
  lot_id uuid NOT NULL REFERENCES ledger.lot,
  amount bigint NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry_id, lot_id)
);
CREATE INDEX lot_use_lot ON ledger.lot_use (lot_id);

CREATE TABLE ledger.hold (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES ledger.account,
  amount bigint NOT NULL CHECK (amount > 0),
  state text NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
  code text NOT NULL,
  reference uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  entry_id uuid REFERENCES ledger.entry,
  UNIQUE (code, reference)
);
CREATE INDEX hold_due ON ledger.hold (expires_at) WHERE state = 'pending';
CREATE INDEX hold_account ON ledger.hold (account_id) WHERE state = 'pending';

CREATE FUNCTION ledger.require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger.posting WHERE entry_id = NEW.entry_id GROUP BY asset HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'entry % does not sum to zero', NEW.entry_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entry_sums_to_zero AFTER INSERT ON ledger.posting
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.require_balance();
CREATE TRIGGER entry_is_immutable BEFORE UPDATE OR DELETE ON ledger.entry
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER posting_is_immutable BEFORE UPDATE OR DELETE ON ledger.posting
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
