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
  lotted boolean NOT NULL DEFAULT false,
  balance bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  CONSTRAINT account_covers CHECK (NOT guarded OR (balance >= 0 AND held >= 0 AND held <= balance)),
  CHECK (guarded OR (balance = 0 AND held = 0 AND NOT lotted)),
  UNIQUE (owner_id, kind, asset)
) WITH (fillfactor = 80);
COMMENT ON COLUMN ledger.account.guarded IS
  'A guarded account keeps its balance here and never falls below zero; any other is summed from its postings.';
COMMENT ON COLUMN ledger.account.lotted IS
  'Every credit of a lotted account opens a lot (or returns into one), and every debit names the lots it used.';

CREATE TABLE ledger.entry (
  id uuid PRIMARY KEY,
  group_id uuid NOT NULL,
  mall_id uuid,
  code text NOT NULL,
  reference uuid NOT NULL,
  at timestamptz NOT NULL,
  detail jsonb,
  CONSTRAINT entry_once UNIQUE (code, reference)
);
CREATE INDEX entry_mall ON ledger.entry (mall_id, code, at);
COMMENT ON COLUMN ledger.entry.detail IS 'Texts for the statement, as they were at the time: names in both languages.';

CREATE TABLE ledger.posting (
  entry_id uuid NOT NULL REFERENCES ledger.entry,
  position smallint NOT NULL,
  account_id uuid NOT NULL,
  asset text NOT NULL,
  amount bigint NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry_id, position)
);
COMMENT ON COLUMN ledger.posting.account_id IS
  'No foreign key: it would lock the account of a busy merchant once for every order; the doctor looks instead.';
CREATE INDEX posting_account ON ledger.posting (account_id, entry_id DESC);

CREATE TABLE ledger.lot (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES ledger.account,
  entry_id uuid NOT NULL REFERENCES ledger.entry,
  quantity bigint NOT NULL CHECK (quantity > 0),
  remaining bigint NOT NULL CHECK (remaining >= 0),
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  expires_at timestamptz,
  CHECK (remaining <= quantity),
  CONSTRAINT lot_covers CHECK (held <= remaining)
) WITH (fillfactor = 80);
CREATE INDEX lot_open ON ledger.lot (account_id, expires_at NULLS LAST, id) WHERE remaining > 0;
CREATE INDEX lot_due ON ledger.lot (expires_at) WHERE remaining > 0;

CREATE TABLE ledger.lot_use (
  entry_id uuid NOT NULL REFERENCES ledger.entry,
  lot_id uuid NOT NULL REFERENCES ledger.lot,
  amount bigint NOT NULL CHECK (amount <> 0),
  returned bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (entry_id, lot_id),
  CONSTRAINT lot_use_returned CHECK (returned BETWEEN 0 AND greatest(amount, 0))
);
CREATE INDEX lot_use_lot ON ledger.lot_use (lot_id);
COMMENT ON COLUMN ledger.lot_use.amount IS
  'Above zero: what an entry took out of the lot, of which `returned` came back. Below zero: what it gave back.';

CREATE TABLE ledger.hold (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES ledger.account,
  group_id uuid NOT NULL,
  mall_id uuid,
  amount bigint NOT NULL CHECK (amount > 0),
  state text NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
  code text NOT NULL,
  reference uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  ended_at timestamptz,
  CONSTRAINT hold_once UNIQUE (code, reference),
  CHECK ((state = 'pending') = (ended_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX hold_due ON ledger.hold (expires_at) WHERE state = 'pending';
CREATE INDEX hold_account ON ledger.hold (account_id) WHERE state = 'pending';
COMMENT ON TABLE ledger.hold IS 'A posted hold has an entry of the same code and reference.';

CREATE TABLE ledger.hold_lot (
  hold_id uuid NOT NULL REFERENCES ledger.hold,
  lot_id uuid NOT NULL REFERENCES ledger.lot,
  amount bigint NOT NULL CHECK (amount > 0),
  PRIMARY KEY (hold_id, lot_id)
);
CREATE INDEX hold_lot_lot ON ledger.hold_lot (lot_id);

-- The postings of an entry arrive in one statement, so what one statement brings must sum to zero for each entry and
-- asset; by induction every entry does. Checked once a statement, over the new rows alone.
CREATE FUNCTION ledger.require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  unequal uuid;
BEGIN
  SELECT entry_id INTO unequal FROM fresh GROUP BY entry_id, asset HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % does not sum to zero', unequal USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER entry_sums_to_zero AFTER INSERT ON ledger.posting
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger.require_balance();
CREATE TRIGGER entry_is_immutable BEFORE UPDATE OR DELETE ON ledger.entry
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
CREATE TRIGGER posting_is_immutable BEFORE UPDATE OR DELETE ON ledger.posting
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
