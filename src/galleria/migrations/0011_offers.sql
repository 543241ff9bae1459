-- Automatic offers: versioned terms, who bears them, and how often they were used.
-- depends: 0002_malls
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA offers;

CREATE TABLE offers.offer (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  merchant_id uuid,
  shop_ids uuid[] NOT NULL DEFAULT '{}',
  preset text NOT NULL,
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'pending', 'live', 'paused', 'ended')),
  version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
  live_version integer CHECK (live_version BETWEEN 1 AND version),
  title_zh text NOT NULL CHECK (title_zh <> ''),
  title_en text NOT NULL CHECK (title_en <> ''),
  starts_at timestamptz,
  ends_at timestamptz,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  CHECK (ends_at > starts_at),
  CHECK (state NOT IN ('live', 'paused') OR live_version IS NOT NULL)
);
COMMENT ON TABLE offers.offer IS
  'An offer; its title and period are those of the version shoppers get, or before any was launched of the newest.';
COMMENT ON COLUMN offers.offer.merchant_id IS 'Whose offer it is; NULL is the mall''s own.';
COMMENT ON COLUMN offers.offer.shop_ids IS 'The shops its newest version is limited to, if any: their staff may manage it.';
CREATE INDEX offer_live ON offers.offer (mall_id, id) WHERE state = 'live';

CREATE TABLE offers.version (
  mall_id uuid NOT NULL,
  offer_id uuid NOT NULL,
  version integer NOT NULL,
  terms jsonb NOT NULL,
  made_by uuid,
  at timestamptz NOT NULL,
  restored_from integer,
  approved_at timestamptz,
  PRIMARY KEY (mall_id, offer_id, version),
  FOREIGN KEY (mall_id, offer_id) REFERENCES offers.offer
);
COMMENT ON TABLE offers.version IS 'Every version of an offer''s terms; terms are written once; `approved_at` tells when a launch let it go live.';

CREATE TABLE offers.counter (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  scope text NOT NULL CHECK (scope IN ('total', 'member', 'member_day', 'household', 'day')),
  key text NOT NULL,
  used bigint NOT NULL CHECK (used BETWEEN 0 AND coalesce(allowed, used)),
  allowed bigint,
  spent_minor bigint NOT NULL DEFAULT 0 CHECK (spent_minor BETWEEN 0 AND coalesce(budget_minor, spent_minor)),
  budget_minor bigint,
  PRIMARY KEY (mall_id, id, scope, key)
) WITH (fillfactor = 70);
COMMENT ON TABLE offers.counter IS
  'How much of a limit is used up, of an offer or a flash sale session; rows are locked in order of the primary key.';

CREATE TABLE offers.use (
  mall_id uuid NOT NULL,
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  offer_id uuid NOT NULL,
  version integer NOT NULL,
  member_id uuid NOT NULL,
  household_id uuid NOT NULL,
  day date NOT NULL,
  units bigint NOT NULL CHECK (units >= 0),
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  counted text[] NOT NULL,
  state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'used', 'released')),
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, order_id, id),
  FOREIGN KEY (mall_id, offer_id) REFERENCES offers.offer
) WITH (fillfactor = 80);
COMMENT ON COLUMN offers.use.household_id IS 'The member''s household, or of one who has none the member.';
COMMENT ON COLUMN offers.use.counted IS 'Which counters it was added to, and is taken off again when it is given back.';
CREATE INDEX use_offer ON offers.use (mall_id, offer_id, at);

CREATE TABLE offers.stamp (
  mall_id uuid PRIMARY KEY REFERENCES malls.mall,
  stamp bigint NOT NULL
);
COMMENT ON TABLE offers.stamp IS 'Counted up whenever what is live in a mall changes, so that processes know to read again.';

CREATE TABLE offers.moment (
  mall_id uuid NOT NULL,
  offer_id uuid NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('starts', 'ends')),
  session_id uuid NOT NULL,
  PRIMARY KEY (mall_id, offer_id, session_id, kind),
  FOREIGN KEY (mall_id, offer_id) REFERENCES offers.offer
);
COMMENT ON TABLE offers.moment IS
  'Starts and ends still to be announced; `session_id` is the offer''s own id where it has no sessions.';
CREATE INDEX moment_due ON offers.moment (at);

CREATE TABLE offers.sponsor (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('brand', 'bank', 'city')),
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  merchant_ids uuid[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id)
);
COMMENT ON COLUMN offers.sponsor.merchant_ids IS 'The merchants that may name it in shares; the mall always may.';
