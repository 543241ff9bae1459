-- Payments in attempts: an intent says what is to be collected, an attempt is one try at one provider.
-- depends: 0008_commerce 0020_roles_on_the_move
SET LOCAL lock_timeout = '5s';

ALTER TABLE payments.intent
  ADD COLUMN tender_id uuid,
  ADD COLUMN purpose text NOT NULL DEFAULT 'order' CHECK (purpose IN ('order', 'surplus'));
UPDATE payments.intent SET tender_id = order_id;
ALTER TABLE payments.intent ALTER COLUMN tender_id SET NOT NULL;
COMMENT ON COLUMN payments.intent.tender_id IS
  'The part of the order that is collected here; the order''s own id when it is paid in one.';
COMMENT ON COLUMN payments.intent.purpose IS
  'What the money is for; a surplus came when the tender had been collected already, and goes back at once.';

CREATE TABLE payments.attempt (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  intent_id uuid NOT NULL,
  n integer NOT NULL CHECK (n > 0),
  provider text NOT NULL,
  scene text NOT NULL,
  state text NOT NULL CHECK (state IN ('created', 'started', 'unknown', 'succeeded', 'failed', 'closed')),
  provider_reference text,
  error text,
  created_at timestamptz NOT NULL,
  asked_at timestamptz,
  asks integer NOT NULL DEFAULT 0 CHECK (asks >= 0),
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, intent_id) REFERENCES payments.intent,
  CHECK ((state IN ('created', 'started', 'unknown')) = (ended_at IS NULL))
) WITH (fillfactor = 80);
COMMENT ON COLUMN payments.attempt.id IS 'Our number at the provider; the first attempt carries its intent''s id.';
COMMENT ON COLUMN payments.attempt.asks IS 'How often the provider was asked; each next asking waits longer.';

INSERT INTO payments.attempt (mall_id, id, intent_id, n, provider, scene, state, provider_reference, created_at,
                              asked_at, ended_at)
SELECT mall_id, id, id, 1, provider, 'page', state, provider_reference, created_at, checked_at,
       CASE WHEN state = 'created' THEN NULL ELSE coalesce(ended_at, created_at) END
  FROM payments.intent;

-- A try that failed is its attempt's matter; the intent waits for another, unless its time is over or it had another.
UPDATE payments.intent i
   SET state = CASE WHEN i.expires_at > now()
                     AND NOT EXISTS (SELECT FROM payments.intent other
                                      WHERE other.mall_id = i.mall_id AND other.order_id = i.order_id
                                        AND other.id > i.id)
                    THEN 'created' ELSE 'closed' END
 WHERE state = 'failed';

DROP INDEX payments.intent_open_once;
DROP INDEX payments.intent_open;
DROP INDEX payments.intent_reference;
ALTER TABLE payments.intent
  DROP COLUMN provider_reference,
  DROP COLUMN checked_at,
  DROP CONSTRAINT intent_state_check,
  ADD CONSTRAINT intent_state_check CHECK (state IN ('created', 'succeeded', 'closed'));
COMMENT ON COLUMN payments.intent.provider IS 'Who is asked to collect, or who collected.';
CREATE UNIQUE INDEX intent_open_once ON payments.intent (mall_id, order_id, tender_id) WHERE state = 'created';

CREATE INDEX attempt_intent ON payments.attempt (mall_id, intent_id);
CREATE UNIQUE INDEX attempt_open_once ON payments.attempt (mall_id, intent_id)
  WHERE state IN ('created', 'started', 'unknown');
CREATE UNIQUE INDEX attempt_collected_once ON payments.attempt (mall_id, intent_id) WHERE state = 'succeeded';
CREATE UNIQUE INDEX attempt_reference ON payments.attempt (mall_id, provider, provider_reference)
  WHERE provider_reference IS NOT NULL;
CREATE INDEX attempt_open ON payments.attempt (created_at) WHERE state IN ('created', 'started', 'unknown');

ALTER TABLE payments.notice DROP CONSTRAINT notice_pkey;
ALTER TABLE payments.notice RENAME COLUMN intent_id TO attempt_id;
ALTER TABLE payments.notice ADD PRIMARY KEY (mall_id, attempt_id, notice_id);

ALTER TABLE payments.refund
  ADD COLUMN attempt_id uuid,
  ADD COLUMN asked_at timestamptz,
  ADD COLUMN asks integer NOT NULL DEFAULT 0 CHECK (asks >= 0),
  DROP CONSTRAINT refund_state_check,
  ADD CONSTRAINT refund_state_check CHECK (state IN ('requested', 'processing', 'succeeded', 'failed'));
UPDATE payments.refund SET attempt_id = intent_id;
ALTER TABLE payments.refund
  ALTER COLUMN attempt_id SET NOT NULL,
  ADD FOREIGN KEY (mall_id, attempt_id) REFERENCES payments.attempt;
COMMENT ON COLUMN payments.refund.state IS
  'processing: the provider has taken it and will tell how it ends, or be asked.';
DROP INDEX payments.refund_open;
CREATE INDEX refund_open ON payments.refund (created_at) WHERE state IN ('requested', 'processing');

-- What providers say of a day, and where it differs from what we say; each difference waits for a person.
CREATE TABLE payments.statement (
  mall_id uuid NOT NULL,
  provider text NOT NULL,
  day date NOT NULL,
  currency text NOT NULL,
  lines integer NOT NULL CHECK (lines >= 0),
  collected_minor bigint NOT NULL CHECK (collected_minor >= 0),
  refunded_minor bigint NOT NULL CHECK (refunded_minor >= 0),
  fee_minor bigint NOT NULL,
  fetched_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, provider, day)
);

CREATE TABLE payments.statement_line (
  mall_id uuid NOT NULL,
  provider text NOT NULL,
  day date NOT NULL,
  position integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('payment', 'refund')),
  number text NOT NULL,
  reference text NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  fee_minor bigint,
  at timestamptz NOT NULL,
  succeeded boolean NOT NULL,
  PRIMARY KEY (mall_id, provider, day, position),
  FOREIGN KEY (mall_id, provider, day) REFERENCES payments.statement
);
CREATE INDEX statement_line_number ON payments.statement_line (mall_id, provider, number);

CREATE TABLE payments.difference (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  provider text NOT NULL,
  day date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('missing_here', 'missing_there', 'amount_differs', 'state_differs', 'fee_unknown',
                                     'told_twice', 'ledger_differs')),
  what text NOT NULL CHECK (what IN ('payment', 'refund', 'ledger')),
  number text NOT NULL,
  reference text NOT NULL DEFAULT '',
  order_id uuid,
  ours_minor bigint,
  theirs_minor bigint,
  ours_state text NOT NULL DEFAULT '',
  currency text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'explained', 'resolved')),
  note text NOT NULL DEFAULT '',
  decided_by uuid,
  found_at timestamptz NOT NULL,
  decided_at timestamptz,
  PRIMARY KEY (mall_id, id),
  CONSTRAINT difference_once UNIQUE (mall_id, provider, day, kind, what, number),
  CHECK ((state = 'open') = (decided_at IS NULL)),
  CHECK (state <> 'resolved' OR note <> '')
);
CREATE INDEX difference_open ON payments.difference (mall_id, day DESC) WHERE state = 'open';
COMMENT ON COLUMN payments.difference.decided_by IS
  'Who saw to it; empty when it vanished by itself, as a payment near midnight that the next day''s statement tells.';
