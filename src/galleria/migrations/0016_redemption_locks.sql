-- The till in two steps, and scans made without a network: locks, late scans, and who bears what was taken off.
-- depends: 0008_commerce 0012_coupon_life
SET LOCAL lock_timeout = '5s';

-- Who bears a coupon's discount, so that a reversal undoes exactly what was booked.
ALTER TABLE redemption.redemption ADD COLUMN shares jsonb NOT NULL DEFAULT '[]';
UPDATE redemption.redemption r
   SET shares = jsonb_build_array(jsonb_build_object(
         'funder', k.funder, 'funder_id', k.funder_merchant_id, 'amount_minor', r.discount_minor))
  FROM redemption.ticket t
  JOIN coupons.claim c ON c.mall_id = t.mall_id AND c.id = t.claim_id
  JOIN coupons.coupon k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
 WHERE t.mall_id = r.mall_id AND t.id = r.ticket_id AND r.discount_minor > 0;

-- A claim set aside by a till with its price, until it is redeemed or let go of. Past `until` it is over by itself.
CREATE TABLE redemption.lock (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  claim_id uuid NOT NULL,
  member_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  title_zh text NOT NULL,
  title_en text NOT NULL,
  bill_minor bigint NOT NULL CHECK (bill_minor >= 0),
  discount_minor bigint NOT NULL CHECK (discount_minor BETWEEN 0 AND bill_minor),
  shares jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('locked', 'redeemed', 'released')),
  until timestamptz NOT NULL,
  redemption_id uuid,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  CHECK ((state = 'redeemed') = (redemption_id IS NOT NULL)),
  CHECK ((state = 'locked') = (ended_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX lock_claim ON redemption.lock (mall_id, claim_id);

-- A scan made without a network and uploaded later, once a request number, with what became of it.
CREATE TABLE redemption.offline_scan (
  mall_id uuid NOT NULL,
  request_number uuid NOT NULL,
  shop_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  serial text NOT NULL,
  ticket_id uuid,
  bill_minor bigint CHECK (bill_minor >= 0),
  discount_minor bigint CHECK (discount_minor >= 0),
  scanned_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  outcome text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  redemption_id uuid,
  closed_by uuid,
  closed_at timestamptz,
  note text,
  PRIMARY KEY (mall_id, request_number),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  CHECK ((outcome = 'accepted') = (redemption_id IS NOT NULL)),
  CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
  CHECK (closed_at IS NULL OR (outcome <> 'accepted' AND note <> ''))
);
CREATE INDEX offline_scan_redemption ON redemption.offline_scan (mall_id, redemption_id) WHERE redemption_id IS NOT NULL;
CREATE INDEX offline_scan_shop ON redemption.offline_scan (mall_id, shop_id, received_at);
CREATE INDEX offline_scan_open ON redemption.offline_scan (mall_id, received_at)
  WHERE outcome <> 'accepted' AND closed_at IS NULL;
