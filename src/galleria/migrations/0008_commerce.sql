-- Carts, orders, tickets and redemptions, refunds.
-- depends: 0007_value
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA carts;

CREATE TABLE carts.line (
  mall_id uuid NOT NULL,
  member_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 999),
  added_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, member_id, variant_id)
);

CREATE SCHEMA orders;

CREATE TABLE orders.purchase (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  group_id uuid NOT NULL,
  number text COLLATE "C" NOT NULL,
  member_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('pending_payment', 'paid', 'cancelled', 'expired')),
  currency text NOT NULL,
  goods_minor bigint NOT NULL CHECK (goods_minor >= 0),
  discount_minor bigint NOT NULL CHECK (discount_minor BETWEEN 0 AND goods_minor),
  payable_minor bigint NOT NULL CHECK (payable_minor = goods_minor - discount_minor),
  refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND payable_minor),
  claim_id uuid,
  explanation jsonb NOT NULL,
  placed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  paid_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, number)
) WITH (fillfactor = 80);
CREATE INDEX purchase_member ON orders.purchase (mall_id, member_id, id DESC);
CREATE INDEX purchase_due ON orders.purchase (expires_at) WHERE state = 'pending_payment';
CREATE INDEX purchase_paid ON orders.purchase (mall_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX purchase_placed ON orders.purchase (mall_id, placed_at);

CREATE TABLE orders.sub_order (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  shop_zh text NOT NULL,
  shop_en text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'preparing', 'ready', 'fulfilled', 'refunded', 'cancelled')),
  goods_minor bigint NOT NULL,
  discount_minor bigint NOT NULL,
  payable_minor bigint NOT NULL CHECK (payable_minor = goods_minor - discount_minor),
  mall_funded_minor bigint NOT NULL DEFAULT 0 CHECK (mall_funded_minor BETWEEN 0 AND discount_minor),
  refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND payable_minor),
  paid_at timestamptz,
  ready_at timestamptz,
  fulfilled_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, order_id) REFERENCES orders.purchase
) WITH (fillfactor = 80);
CREATE INDEX sub_order_order ON orders.sub_order (mall_id, order_id);
CREATE INDEX sub_order_shop ON orders.sub_order (mall_id, shop_id, order_id DESC);

CREATE TABLE orders.line (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  sub_order_id uuid NOT NULL,
  position smallint NOT NULL,
  variant_id uuid NOT NULL,
  product_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('physical', 'voucher', 'service')),
  sku text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  option_zh text NOT NULL,
  option_en text NOT NULL,
  picture text,
  valid_days integer,
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 999),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor > 0),
  unit_paid_minor bigint[] NOT NULL,
  unit_mall_funded_minor bigint[] NOT NULL,
  refunded_units integer[] NOT NULL DEFAULT '{}',
  fulfilled_units integer[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, sub_order_id) REFERENCES orders.sub_order,
  CHECK (cardinality(unit_paid_minor) = quantity AND cardinality(unit_mall_funded_minor) = quantity),
  CHECK (cardinality(refunded_units) <= quantity AND cardinality(fulfilled_units) <= quantity)
) WITH (fillfactor = 80);
COMMENT ON COLUMN orders.line.unit_paid_minor IS
  'What each unit really cost after discounts, frozen at placement; refunds give back exactly these amounts.';
COMMENT ON COLUMN orders.line.refunded_units IS 'Indexes, from 0, of the units given back.';
COMMENT ON COLUMN orders.line.fulfilled_units IS 'Indexes, from 0, of the units redeemed or handed over.';
CREATE INDEX line_order ON orders.line (mall_id, order_id, position);
CREATE INDEX line_sub_order ON orders.line (mall_id, sub_order_id);
CREATE INDEX line_product ON orders.line (mall_id, product_id);

CREATE SCHEMA redemption;

CREATE TABLE redemption.ticket (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  serial text NOT NULL CHECK (serial ~ '^[0-9]{8}$'),
  kind text NOT NULL CHECK (kind IN ('voucher', 'pickup', 'coupon')),
  member_id uuid NOT NULL,
  order_id uuid,
  sub_order_id uuid,
  line_id uuid,
  unit integer,
  claim_id uuid,
  shop_id uuid,
  merchant_id uuid,
  shop_zh text NOT NULL DEFAULT '',
  shop_en text NOT NULL DEFAULT '',
  title_zh text NOT NULL,
  title_en text NOT NULL,
  state text NOT NULL CHECK (state IN ('valid', 'redeemed', 'void')),
  valid_until timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, serial),
  CHECK (kind = 'coupon' OR (sub_order_id IS NOT NULL AND shop_id IS NOT NULL)),
  CHECK ((kind = 'coupon') = (claim_id IS NOT NULL)),
  CHECK (kind <> 'voucher' OR (line_id IS NOT NULL AND unit IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX ticket_member ON redemption.ticket (mall_id, member_id, id DESC);
CREATE UNIQUE INDEX ticket_unit ON redemption.ticket (mall_id, line_id, unit) WHERE kind = 'voucher';
CREATE UNIQUE INDEX ticket_pickup ON redemption.ticket (mall_id, sub_order_id) WHERE kind = 'pickup';
CREATE UNIQUE INDEX ticket_claim ON redemption.ticket (mall_id, claim_id) WHERE kind = 'coupon' AND state <> 'void';
CREATE INDEX ticket_order ON redemption.ticket (mall_id, order_id) WHERE order_id IS NOT NULL;

CREATE TABLE redemption.redemption (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  kind text NOT NULL,
  shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  shop_zh text NOT NULL,
  shop_en text NOT NULL,
  staff_id uuid NOT NULL,
  staff_name text NOT NULL,
  at timestamptz NOT NULL,
  bill_minor bigint CHECK (bill_minor >= 0),
  discount_minor bigint CHECK (discount_minor >= 0),
  reversed_at timestamptz,
  reversed_by uuid,
  reason text,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, ticket_id) REFERENCES redemption.ticket,
  CHECK ((reversed_at IS NULL) = (reversed_by IS NULL)),
  CHECK (reversed_at IS NULL OR reason <> '')
);
COMMENT ON COLUMN redemption.redemption.staff_name IS
  'The shop and the person as they were called then: a second scan tells where and by whom, whoever has left since.';
CREATE UNIQUE INDEX redemption_once ON redemption.redemption (mall_id, ticket_id) WHERE reversed_at IS NULL;
CREATE INDEX redemption_at ON redemption.redemption (mall_id, at);
CREATE INDEX redemption_shop ON redemption.redemption (mall_id, shop_id, at);

CREATE SCHEMA returns;

CREATE TABLE returns.refund (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  order_number text NOT NULL,
  member_id uuid NOT NULL,
  currency text NOT NULL,
  payment_refund_id uuid,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  points_taken bigint NOT NULL DEFAULT 0,
  coupon_returned boolean NOT NULL DEFAULT false,
  reason text NOT NULL,
  restocked boolean NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid NOT NULL,
  actor_name text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, order_id) REFERENCES orders.purchase
);
CREATE INDEX refund_order ON returns.refund (mall_id, order_id);
CREATE INDEX refund_at ON returns.refund (mall_id, at);
CREATE INDEX refund_newest ON returns.refund (mall_id, id DESC);

CREATE TABLE returns.refund_line (
  mall_id uuid NOT NULL,
  refund_id uuid NOT NULL,
  line_id uuid NOT NULL,
  sub_order_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  shop_zh text NOT NULL,
  shop_en text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  units integer[] NOT NULL CHECK (cardinality(units) > 0),
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  mall_funded_minor bigint NOT NULL CHECK (mall_funded_minor >= 0),
  PRIMARY KEY (mall_id, refund_id, line_id),
  FOREIGN KEY (mall_id, refund_id) REFERENCES returns.refund
);
