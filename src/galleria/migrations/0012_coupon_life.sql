-- The life of coupons: versions, ways to issue, limits, pools, codes, posters, pushes, transfers, locks.
-- depends: 0009_engagement
SET LOCAL lock_timeout = '5s';

ALTER TABLE coupons.coupon
  DROP CONSTRAINT coupon_kind_check,
  ADD COLUMN pay_minor bigint CHECK (pay_minor >= 0),
  ADD COLUMN units integer CHECK (units > 0),
  ADD COLUMN valid_days integer CHECK (valid_days > 0),
  ADD COLUMN daily_total integer CHECK (daily_total > 0),
  ADD COLUMN budget_minor bigint CHECK (budget_minor > 0),
  ADD COLUMN committed_minor bigint NOT NULL DEFAULT 0 CHECK (committed_minor >= 0),
  ADD COLUMN day_on date,
  ADD COLUMN day_claimed integer NOT NULL DEFAULT 0 CHECK (day_claimed >= 0),
  ADD COLUMN per_member_day integer CHECK (per_member_day > 0),
  ADD COLUMN per_device integer CHECK (per_device > 0),
  ADD COLUMN per_household integer CHECK (per_household > 0),
  ADD COLUMN per_shop integer CHECK (per_shop > 0),
  ADD COLUMN funders jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN product_ids uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN stacking jsonb,
  ADD COLUMN audience jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN conditions jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN issue_by text[] NOT NULL DEFAULT '{claim}',
  ADD COLUMN gate text CHECK (gate <> ''),
  ADD COLUMN transferable boolean NOT NULL DEFAULT false,
  ADD COLUMN return_policy text NOT NULL DEFAULT 'return' CHECK (return_policy IN ('return', 'extend', 'expire')),
  ADD COLUMN return_days integer CHECK (return_days > 0),
  ADD COLUMN remind_hours integer CHECK (remind_hours > 0),
  ADD COLUMN pooled boolean NOT NULL DEFAULT false,
  ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  ADD COLUMN latest_version integer NOT NULL DEFAULT 1,
  ADD COLUMN approved_version integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT coupon_kind_check CHECK (kind IN ('amount', 'percent', 'exchange', 'free_delivery')),
  ADD CONSTRAINT coupon_exchange CHECK ((kind = 'exchange') = (units IS NOT NULL AND pay_minor IS NOT NULL)),
  ADD CONSTRAINT coupon_budget CHECK (committed_minor <= budget_minor),
  ADD CONSTRAINT coupon_daily_total CHECK (day_claimed <= daily_total),
  ADD CONSTRAINT coupon_versions CHECK (version <= latest_version AND approved_version <= latest_version),
  ADD CONSTRAINT coupon_extends CHECK ((return_policy = 'extend') = (return_days IS NOT NULL));
COMMENT ON COLUMN coupons.coupon.committed_minor IS
  'The worth of what is issued under a budget; given back when it expires or is taken back.';
COMMENT ON COLUMN coupons.coupon.version IS 'The version in force; claims keep the one they were got in.';

UPDATE coupons.coupon SET approved_version = 1 WHERE state <> 'draft';

CREATE TABLE coupons.version (
  mall_id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  terms jsonb NOT NULL,
  made_by uuid NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, coupon_id, version),
  FOREIGN KEY (mall_id, coupon_id) REFERENCES coupons.coupon
);
COMMENT ON TABLE coupons.version IS 'What a coupon said, version by version; written once, never changed.';

INSERT INTO coupons.version (mall_id, coupon_id, version, terms, made_by, at)
SELECT mall_id, id, 1,
       jsonb_build_object(
         'title_zh', title_zh, 'title_en', title_en, 'kind', kind, 'amount_minor', amount_minor,
         'percent_bp', percent_bp, 'cap_minor', cap_minor, 'threshold_minor', threshold_minor,
         'claim_from', claim_from, 'claim_until', claim_until, 'use_from', use_from, 'use_until', use_until,
         'total', total, 'per_member', per_member, 'points_price', points_price, 'funder', funder,
         'funder_merchant_id', funder_merchant_id, 'shop_ids', shop_ids, 'category_ids', category_ids),
       '00000000-0000-0000-0000-000000000000', created_at
  FROM coupons.coupon;

ALTER TABLE coupons.claim
  DROP CONSTRAINT claim_state_check,
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN source text NOT NULL DEFAULT 'claim' CHECK (source IN
    ('claim', 'push', 'code', 'poster', 'purchase', 'points', 'event', 'game', 'api', 'transfer')),
  ADD COLUMN use_from timestamptz,
  ADD COLUMN worth_minor bigint NOT NULL DEFAULT 0 CHECK (worth_minor >= 0),
  ADD COLUMN reference uuid,
  ADD COLUMN part integer NOT NULL DEFAULT 0,
  ADD COLUMN device uuid,
  ADD COLUMN household_id uuid,
  ADD COLUMN pool_id uuid,
  ADD COLUMN lock_id uuid,
  ADD COLUMN locked_until timestamptz,
  ADD COLUMN locks smallint NOT NULL DEFAULT 0,
  ADD COLUMN shop_id uuid,
  ADD COLUMN returned_at timestamptz,
  ADD COLUMN reminded_at timestamptz,
  ADD CONSTRAINT claim_state_check CHECK (state IN
    ('issued', 'held', 'locked', 'used', 'returned', 'expired', 'void', 'transferred')),
  ADD CONSTRAINT claim_locked CHECK (state <> 'locked' OR (lock_id IS NOT NULL AND locked_until IS NOT NULL)),
  ADD CONSTRAINT claim_locks CHECK (locks BETWEEN 0 AND 10);
UPDATE coupons.claim AS c SET use_from = k.use_from
  FROM coupons.coupon AS k WHERE k.mall_id = c.mall_id AND k.id = c.coupon_id;
ALTER TABLE coupons.claim ALTER COLUMN use_from SET NOT NULL;
COMMENT ON COLUMN coupons.claim.shop_id IS 'The shop whose till spent it; empty when an order did.';
COMMENT ON COLUMN coupons.claim.worth_minor IS 'What it has committed of the coupon''s budget.';

DROP INDEX coupons.claim_expiring;
CREATE INDEX claim_expiring ON coupons.claim (use_until) WHERE state IN ('issued', 'returned', 'locked');
CREATE UNIQUE INDEX claim_granted_once ON coupons.claim (mall_id, coupon_id, source, reference, member_id, part)
  WHERE reference IS NOT NULL;
CREATE INDEX claim_reference ON coupons.claim (mall_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX claim_device ON coupons.claim (mall_id, coupon_id, device) WHERE device IS NOT NULL;
CREATE INDEX claim_household ON coupons.claim (mall_id, coupon_id, household_id) WHERE household_id IS NOT NULL;
CREATE UNIQUE INDEX claim_lock ON coupons.claim (mall_id, lock_id) WHERE lock_id IS NOT NULL;
CREATE INDEX claim_locked_until ON coupons.claim (locked_until) WHERE state = 'locked';

CREATE TABLE coupons.pool (
  mall_id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  id uuid NOT NULL,
  starts_at timestamptz,
  ends_at timestamptz,
  district text CHECK (district <> ''),
  tier text CHECK (tier <> ''),
  total integer NOT NULL CHECK (total > 0),
  claimed integer NOT NULL DEFAULT 0 CHECK (claimed >= 0),
  carried integer NOT NULL DEFAULT 0,
  roll_over boolean NOT NULL DEFAULT false,
  PRIMARY KEY (mall_id, coupon_id, id),
  FOREIGN KEY (mall_id, coupon_id) REFERENCES coupons.coupon,
  CHECK (ends_at > starts_at),
  CONSTRAINT pool_total CHECK (claimed <= total + carried)
) WITH (fillfactor = 50);
COMMENT ON COLUMN coupons.pool.carried IS 'What came from windows that are over; below zero, what went on to the next.';

CREATE TABLE coupons.shop_use (
  mall_id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  used integer NOT NULL CHECK (used >= 0),
  PRIMARY KEY (mall_id, coupon_id, shop_id)
) WITH (fillfactor = 50);
COMMENT ON TABLE coupons.shop_use IS 'How many of a coupon with a limit by shop each shop''s till has spent.';

CREATE TABLE coupons.batch (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  prefix text NOT NULL CHECK (prefix ~ '^[A-Z0-9]{0,6}$'),
  count integer NOT NULL CHECK (count > 0),
  made integer NOT NULL DEFAULT 0 CHECK (made BETWEEN 0 AND count),
  state text NOT NULL CHECK (state IN ('making', 'ready', 'void')),
  created_at timestamptz NOT NULL,
  ready_at timestamptz,
  voided_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, coupon_id) REFERENCES coupons.coupon
);
CREATE INDEX batch_coupon ON coupons.batch (mall_id, coupon_id, id DESC);

CREATE TABLE coupons.code (
  mall_id uuid NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 16),
  batch_id uuid NOT NULL,
  number integer NOT NULL CHECK (number >= 0),
  claim_id uuid,
  redeemed_at timestamptz,
  PRIMARY KEY (mall_id, digest),
  CHECK ((claim_id IS NULL) = (redeemed_at IS NULL))
);
CREATE UNIQUE INDEX code_number ON coupons.code (mall_id, batch_id, number);
CREATE INDEX code_redeemed ON coupons.code (mall_id, batch_id) WHERE claim_id IS NOT NULL;
COMMENT ON TABLE coupons.code IS
  'Keyed hashes of single-use codes: neither this table nor a copy of the database gives a code away.';

CREATE TABLE coupons.poster (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  label text NOT NULL CHECK (label <> ''),
  token text NOT NULL,
  created_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, token),
  FOREIGN KEY (mall_id, coupon_id) REFERENCES coupons.coupon
);
CREATE INDEX poster_coupon ON coupons.poster (mall_id, coupon_id, id DESC);

CREATE TABLE coupons.push (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  segment jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'stopped')),
  members integer NOT NULL CHECK (members >= 0),
  seen integer NOT NULL DEFAULT 0 CHECK (seen >= 0),
  granted integer NOT NULL DEFAULT 0 CHECK (granted BETWEEN 0 AND seen),
  after_id uuid,
  reason text,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, coupon_id) REFERENCES coupons.coupon
);
CREATE INDEX push_coupon ON coupons.push (mall_id, coupon_id, id DESC);
COMMENT ON COLUMN coupons.push.after_id IS 'The last member dealt with; a push that was broken off goes on from there.';

CREATE TABLE coupons.transfer (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  claim_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'accepted', 'cancelled', 'expired')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  to_claim_id uuid,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, token_hash),
  FOREIGN KEY (mall_id, claim_id) REFERENCES coupons.claim,
  CHECK ((state = 'accepted') = (to_claim_id IS NOT NULL))
);
CREATE UNIQUE INDEX transfer_open_once ON coupons.transfer (mall_id, claim_id) WHERE state = 'open';
CREATE INDEX transfer_due ON coupons.transfer (expires_at) WHERE state = 'open';
