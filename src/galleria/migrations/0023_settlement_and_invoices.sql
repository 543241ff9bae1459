-- Settlement: terms, statements of the ledger by merchant and period, payouts. Invoices: titles, requests, documents.
-- depends: 0008_commerce 0021_tenders_and_ways
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA settlement;

CREATE TABLE settlement.terms (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  merchant_id uuid,
  fee_bp integer NOT NULL CHECK (fee_bp BETWEEN 0 AND 5000),
  period_days integer NOT NULL CHECK (period_days BETWEEN 1 AND 92),
  reserve_bp integer NOT NULL CHECK (reserve_bp BETWEEN 0 AND 5000),
  valid_from timestamptz NOT NULL,
  note text NOT NULL DEFAULT '',
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  CONSTRAINT terms_moment UNIQUE NULLS NOT DISTINCT (mall_id, merchant_id, valid_from)
);
COMMENT ON TABLE settlement.terms IS
  'What selling costs: the mall''s terms (no merchant) and merchants'' own. Never changed; the newest that holds counts.';

CREATE TABLE settlement.book (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  merchant_id uuid NOT NULL,
  currency text NOT NULL,
  statements integer NOT NULL DEFAULT 0,
  closed_until date,
  balance_minor bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (mall_id, merchant_id, currency)
);
COMMENT ON TABLE settlement.book IS
  'Where a merchant''s statements stand. Its row is locked while a period is closed, so that periods follow each other.';

CREATE TABLE settlement.statement (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  currency text NOT NULL,
  n integer NOT NULL CHECK (n >= 1),
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  opening_minor bigint NOT NULL,
  moved_minor bigint NOT NULL,
  closing_minor bigint NOT NULL,
  reserve_minor bigint NOT NULL CHECK (reserve_minor >= 0),
  waiting_minor bigint NOT NULL CHECK (waiting_minor >= 0),
  due_minor bigint NOT NULL CHECK (due_minor >= 0),
  entries integer NOT NULL CHECK (entries >= 0),
  lines jsonb NOT NULL,
  state text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'checked', 'approved')),
  closed_at timestamptz NOT NULL,
  checked_by uuid,
  checked_at timestamptz,
  approved_by uuid,
  approved_at timestamptz,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (mall_id, id),
  CONSTRAINT statement_n UNIQUE (mall_id, merchant_id, currency, n),
  CONSTRAINT statement_period UNIQUE (mall_id, merchant_id, currency, ends_on),
  FOREIGN KEY (mall_id, merchant_id, currency) REFERENCES settlement.book,
  CHECK (starts_on < ends_on),
  CHECK (closing_minor = opening_minor + moved_minor),
  CHECK (due_minor = greatest(closing_minor - reserve_minor - waiting_minor, 0)),
  CHECK ((state <> 'closed') = (checked_by IS NOT NULL AND checked_at IS NOT NULL)),
  CHECK ((state = 'approved') = (approved_by IS NOT NULL AND approved_at IS NOT NULL)),
  CONSTRAINT statement_two_people CHECK (checked_by <> approved_by)
);
COMMENT ON COLUMN settlement.statement.waiting_minor IS
  'What earlier statements have promised and this one has not yet seen leave the account.';

CREATE TABLE settlement.entry (
  mall_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  statement_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('sale', 'refund', 'cash', 'payout', 'payout_returned', 'other')),
  code text NOT NULL,
  reference uuid NOT NULL,
  number text NOT NULL DEFAULT '',
  at timestamptz NOT NULL,
  goods_minor bigint NOT NULL,
  discount_minor bigint NOT NULL,
  delivery_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  cash_minor bigint NOT NULL,
  amount_minor bigint NOT NULL,
  CONSTRAINT entry_stated_once PRIMARY KEY (mall_id, merchant_id, entry_id),
  FOREIGN KEY (mall_id, statement_id) REFERENCES settlement.statement,
  CHECK (amount_minor = goods_minor + discount_minor + delivery_minor + fee_minor + cash_minor)
);
COMMENT ON TABLE settlement.entry IS 'Which entry of the ledger is in which statement of a merchant: in one, by its key.';
CREATE INDEX entry_statement ON settlement.entry (mall_id, statement_id, entry_id);

CREATE TABLE settlement.payout (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  statement_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'paid', 'bounced')),
  bank_reference text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  sent_by uuid,
  paid_at timestamptz,
  bounced_at timestamptz,
  PRIMARY KEY (mall_id, id),
  CONSTRAINT payout_statement UNIQUE (mall_id, statement_id),
  FOREIGN KEY (mall_id, statement_id) REFERENCES settlement.statement,
  CHECK (state NOT IN ('sent', 'paid') OR (sent_at IS NOT NULL AND sent_by IS NOT NULL)),
  CHECK (state <> 'paid' OR paid_at IS NOT NULL),
  CHECK ((state = 'bounced') = (bounced_at IS NOT NULL))
);
CREATE INDEX payout_list ON settlement.payout (mall_id, state, id DESC);

CREATE SCHEMA invoices;

CREATE TABLE invoices.title (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  member_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('person', 'company')),
  title text NOT NULL CHECK (title <> ''),
  tax_number text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  used_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  CONSTRAINT title_once UNIQUE (mall_id, member_id, kind, title, tax_number),
  CHECK ((kind = 'company') = (tax_number <> ''))
);

CREATE TABLE invoices.invoice (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  sub_order_id uuid NOT NULL,
  order_number text NOT NULL,
  shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  seller_zh text NOT NULL,
  seller_en text NOT NULL,
  member_id uuid NOT NULL,
  reverses uuid,
  kind text NOT NULL CHECK (kind IN ('person', 'company')),
  title text NOT NULL CHECK (title <> ''),
  tax_number text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
  currency text NOT NULL,
  state text NOT NULL DEFAULT 'requested'
    CHECK (state IN ('requested', 'issuing', 'issued', 'failed', 'red', 'cancelled')),
  number text NOT NULL DEFAULT '',
  refusal text NOT NULL DEFAULT '',
  document bytea,
  asked_at timestamptz NOT NULL,
  tried_at timestamptz,
  tries integer NOT NULL DEFAULT 0,
  issued_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, reverses) REFERENCES invoices.invoice,
  CHECK ((reverses IS NULL) = (amount_minor > 0)),
  CHECK (state NOT IN ('issued', 'red') OR (number <> '' AND issued_at IS NOT NULL AND document IS NOT NULL)),
  CHECK ((kind = 'company') = (tax_number <> ''))
);
COMMENT ON COLUMN invoices.invoice.reverses IS 'The invoice that this one, below zero, takes back wholly or in part.';
CREATE UNIQUE INDEX invoice_live ON invoices.invoice (mall_id, sub_order_id)
  WHERE reverses IS NULL AND state IN ('requested', 'issuing', 'issued');
CREATE INDEX invoice_order ON invoices.invoice (order_id);
CREATE INDEX invoice_mine ON invoices.invoice (mall_id, member_id, id DESC);
CREATE INDEX invoice_merchant ON invoices.invoice (mall_id, merchant_id, id DESC);
CREATE INDEX invoice_reverses ON invoices.invoice (mall_id, reverses) WHERE reverses IS NOT NULL;
CREATE INDEX invoice_due ON invoices.invoice (tried_at NULLS FIRST) WHERE state IN ('requested', 'issuing');
