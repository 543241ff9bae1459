-- Coupons and claims; points rules and awards; payments, refunds of payments, provider notices.
-- depends: 0005_catalog 0006_ledger
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA coupons;

CREATE TABLE coupons.coupon (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  title_zh text NOT NULL CHECK (title_zh <> ''),
  title_en text NOT NULL CHECK (title_en <> ''),
  kind text NOT NULL CHECK (kind IN ('amount', 'percent')),
  amount_minor bigint CHECK (amount_minor > 0),
  percent_bp integer CHECK (percent_bp BETWEEN 1 AND 10000),
  cap_minor bigint CHECK (cap_minor > 0),
  threshold_minor bigint NOT NULL DEFAULT 0 CHECK (threshold_minor >= 0),
  claim_from timestamptz NOT NULL,
  claim_until timestamptz NOT NULL CHECK (claim_until > claim_from),
  use_from timestamptz NOT NULL,
  use_until timestamptz NOT NULL CHECK (use_until > use_from),
  total integer NOT NULL CHECK (total > 0),
  claimed integer NOT NULL DEFAULT 0 CHECK (claimed >= 0),
  per_member integer NOT NULL DEFAULT 1 CHECK (per_member > 0),
  points_price bigint NOT NULL DEFAULT 0 CHECK (points_price >= 0),
  funder text NOT NULL CHECK (funder IN ('mall', 'merchant')),
  funder_merchant_id uuid,
  shop_ids uuid[] NOT NULL DEFAULT '{}',
  category_ids uuid[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'live', 'paused', 'ended')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  CHECK (claimed <= total),
  CHECK ((kind = 'amount') = (amount_minor IS NOT NULL)),
  CHECK ((kind = 'percent') = (percent_bp IS NOT NULL)),
  CHECK ((funder = 'merchant') = (funder_merchant_id IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX coupon_live ON coupons.coupon (mall_id, claim_until) WHERE state = 'live';

CREATE TABLE coupons.claim (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  member_id uuid NOT NULL,
  seq integer NOT NULL CHECK (seq > 0),
  state text NOT NULL CHECK (state IN ('issued', 'held', 'used', 'expired', 'void')),
  claimed_at timestamptz NOT NULL,
  use_until timestamptz NOT NULL,
  order_id uuid,
  used_at timestamptz,
  PRIMARY KEY (mall_id, id),
  CONSTRAINT claim_member_limit UNIQUE (mall_id, coupon_id, member_id, seq),
  CHECK (state NOT IN ('held') OR order_id IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX claim_member ON coupons.claim (mall_id, member_id, id DESC);
CREATE INDEX claim_used ON coupons.claim (mall_id, coupon_id) WHERE state = 'used';
CREATE INDEX claim_at ON coupons.claim (mall_id, claimed_at);
CREATE INDEX claim_expiring ON coupons.claim (use_until) WHERE state = 'issued';
CREATE INDEX claim_order ON coupons.claim (mall_id, order_id) WHERE order_id IS NOT NULL;

CREATE SCHEMA points;

CREATE TABLE points.earn_rule (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  shop_id uuid,
  points_per_100_minor_bp integer NOT NULL CHECK (points_per_100_minor_bp >= 0),
  posts text NOT NULL CHECK (posts IN ('at_once', 'after_refund_window')),
  refund_window_days integer NOT NULL DEFAULT 7 CHECK (refund_window_days BETWEEN 0 AND 365),
  expires_after_days integer CHECK (expires_after_days > 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id)
);
COMMENT ON COLUMN points.earn_rule.points_per_100_minor_bp IS
  'Points for each 100 minor units really paid, in basis points: 10000 is one point a yuan.';
CREATE UNIQUE INDEX earn_rule_shop ON points.earn_rule (mall_id, shop_id) NULLS NOT DISTINCT;

CREATE TABLE points.award (
  mall_id uuid NOT NULL,
  sub_order_id uuid NOT NULL,
  order_id uuid NOT NULL,
  group_id uuid NOT NULL,
  member_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  shop_zh text NOT NULL,
  shop_en text NOT NULL,
  paid_minor bigint NOT NULL CHECK (paid_minor >= 0),
  points_per_100_minor_bp integer NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  kept bigint NOT NULL CHECK (kept BETWEEN 0 AND points),
  posts text NOT NULL CHECK (posts IN ('at_once', 'after_refund_window')),
  state text NOT NULL CHECK (state IN ('pending', 'active', 'reversed')),
  activates_at timestamptz NOT NULL,
  expires_after_days integer,
  awarded_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, sub_order_id),
  CHECK ((state = 'reversed') = (kept = 0))
) WITH (fillfactor = 80);
COMMENT ON COLUMN points.award.kept IS 'What is left of the award after refunds: points earned by what remains paid.';
CREATE INDEX award_due ON points.award (activates_at) WHERE state = 'pending';
CREATE INDEX award_member ON points.award (member_id, sub_order_id DESC);
CREATE INDEX award_at ON points.award (mall_id, awarded_at);

CREATE TABLE points.debt (
  member_id uuid PRIMARY KEY,
  group_id uuid NOT NULL,
  owed bigint NOT NULL CHECK (owed >= 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE points.debt IS
  'Points taken back that were already spent; the next points pay them first. The member''s row is its lock.';

CREATE SCHEMA payments;

CREATE TABLE payments.intent (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  member_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  description text NOT NULL,
  refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
  provider text NOT NULL,
  state text NOT NULL CHECK (state IN ('created', 'succeeded', 'failed', 'closed')),
  provider_reference text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  checked_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id)
) WITH (fillfactor = 80);
CREATE INDEX intent_order ON payments.intent (mall_id, order_id);
CREATE UNIQUE INDEX intent_open_once ON payments.intent (mall_id, order_id) WHERE state = 'created';
CREATE INDEX intent_open ON payments.intent (created_at) WHERE state = 'created';
CREATE UNIQUE INDEX intent_reference ON payments.intent (mall_id, provider, provider_reference)
  WHERE provider_reference IS NOT NULL;

CREATE TABLE payments.notice (
  mall_id uuid NOT NULL,
  intent_id uuid NOT NULL,
  notice_id text NOT NULL,
  provider text NOT NULL,
  outcome text NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  received_at timestamptz NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (mall_id, intent_id, notice_id)
);

CREATE TABLE payments.refund (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  intent_id uuid NOT NULL,
  order_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('requested', 'succeeded', 'failed')),
  provider_reference text,
  attempts integer NOT NULL DEFAULT 0,
  error text,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, intent_id) REFERENCES payments.intent
);
CREATE INDEX refund_intent ON payments.refund (mall_id, intent_id);
CREATE INDEX refund_open ON payments.refund (created_at) WHERE state = 'requested';

CREATE SCHEMA sandbox;

CREATE TABLE sandbox.charge (
  id uuid PRIMARY KEY,
  mall_id uuid NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  state text NOT NULL CHECK (state IN ('paid', 'declined', 'closed')),
  refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
  reference text NOT NULL,
  created_at timestamptz NOT NULL,
  known_at timestamptz NOT NULL
);
COMMENT ON COLUMN sandbox.charge.known_at IS
  'From when the provider tells how it went; later than created_at when it answers late.';

CREATE TABLE sandbox.refund (
  id uuid PRIMARY KEY,
  charge_id uuid NOT NULL REFERENCES sandbox.charge,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  created_at timestamptz NOT NULL
);
