-- Online prices: what goods cost online beside their price in the store, by rule, above cost and floor, with history.
-- depends: 0005_catalog
SET LOCAL lock_timeout = '5s';

-- What the merchant enters is the store price. A rule may set an online price; a shopper pays the lower of the two, so
-- that a price lowered in the store is never undercut by an older rule.
ALTER TABLE catalog.variant RENAME COLUMN price_minor TO store_price_minor;
ALTER TABLE catalog.variant
  ADD COLUMN online_price_minor bigint CHECK (online_price_minor > 0),
  ADD COLUMN online_rule_id uuid,
  ADD COLUMN price_minor bigint NOT NULL GENERATED ALWAYS AS (least(online_price_minor, store_price_minor)) STORED,
  ADD CONSTRAINT variant_online_by_rule CHECK ((online_price_minor IS NULL) = (online_rule_id IS NULL));
CREATE INDEX variant_online ON catalog.variant (mall_id, online_rule_id) WHERE online_rule_id IS NOT NULL;

CREATE TABLE catalog.price_change (
  mall_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  product_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  reason text NOT NULL CHECK (reason IN ('store', 'rule', 'back')),
  store_price_minor bigint NOT NULL CHECK (store_price_minor > 0),
  from_minor bigint NOT NULL CHECK (from_minor > 0),
  to_minor bigint NOT NULL CHECK (to_minor > 0),
  rule_id uuid,
  rule_version integer,
  actor_kind text NOT NULL,
  actor_id uuid NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, variant_id) REFERENCES catalog.variant
);
CREATE INDEX price_change_product ON catalog.price_change (mall_id, product_id, at DESC, id DESC);

CREATE SCHEMA pricing;

CREATE TABLE pricing.rule (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  shop_id uuid,
  merchant_id uuid,
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'pending', 'live', 'paused', 'ended')),
  version integer NOT NULL CHECK (version > 0),
  terms jsonb NOT NULL,
  approved_version integer CHECK (approved_version BETWEEN 1 AND version),
  approved jsonb,
  second_person boolean NOT NULL DEFAULT false,
  starts_at timestamptz,
  ends_at timestamptz,
  changed_at timestamptz NOT NULL,
  settled_at timestamptz,
  created_at timestamptz NOT NULL,
  created_by uuid NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  CHECK ((shop_id IS NULL) = (merchant_id IS NULL)),
  CHECK ((approved_version IS NULL) = (approved IS NULL)),
  CHECK (state NOT IN ('live', 'paused') OR approved IS NOT NULL),
  CHECK (starts_at < ends_at)
);
CREATE INDEX rule_live ON pricing.rule (mall_id) WHERE state = 'live';
CREATE INDEX rule_unsettled ON pricing.rule (changed_at) WHERE state <> 'draft' AND state <> 'pending';

CREATE TABLE pricing.version (
  mall_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  terms jsonb NOT NULL,
  made_by uuid NOT NULL,
  at timestamptz NOT NULL,
  approved_by uuid,
  approved_at timestamptz,
  second_person boolean NOT NULL DEFAULT false,
  PRIMARY KEY (mall_id, rule_id, version),
  FOREIGN KEY (mall_id, rule_id) REFERENCES pricing.rule,
  CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);

CREATE TABLE pricing.cost (
  mall_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  cost_minor bigint CHECK (cost_minor >= 0),
  floor_minor bigint CHECK (floor_minor > 0),
  changed_by uuid NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, variant_id),
  FOREIGN KEY (mall_id, variant_id) REFERENCES catalog.variant,
  CHECK (cost_minor IS NOT NULL OR floor_minor IS NOT NULL)
);

-- The guard of a shop, or of the whole mall (scope_id is then the mall's own id).
CREATE TABLE pricing.guard (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  scope_id uuid NOT NULL,
  min_margin_bp integer NOT NULL CHECK (min_margin_bp BETWEEN 0 AND 9999),
  action text NOT NULL CHECK (action IN ('refuse', 'second_person')),
  changed_by uuid NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, scope_id)
);

CREATE TABLE pricing.competitor (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  source text NOT NULL CHECK (length(source) BETWEEN 1 AND 80),
  price_minor bigint NOT NULL CHECK (price_minor > 0),
  seen_at timestamptz NOT NULL,
  added_by uuid NOT NULL,
  added_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, variant_id, source, seen_at),
  FOREIGN KEY (mall_id, variant_id) REFERENCES catalog.variant
);
