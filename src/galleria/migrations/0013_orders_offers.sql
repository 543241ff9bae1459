-- Several coupons and offers an order, every party's share of every unit's discount, and gifts as lines of their own.
-- depends: 0008_commerce
SET LOCAL lock_timeout = '5s';

ALTER TABLE orders.purchase
  ADD COLUMN claim_ids uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN granted jsonb NOT NULL DEFAULT '[]';
UPDATE orders.purchase SET claim_ids = ARRAY[claim_id] WHERE claim_id IS NOT NULL;
ALTER TABLE orders.purchase DROP COLUMN claim_id;
COMMENT ON COLUMN orders.purchase.granted IS 'Coupons for later that the order earns when it is paid, frozen at placement.';

ALTER TABLE orders.line
  ADD COLUMN shares jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN granted_by uuid;
COMMENT ON COLUMN orders.line.shares IS
  'Who bears how much of every unit''s discount, offer by offer: id, offer_id, version, funder, funder_id, units.';
COMMENT ON COLUMN orders.line.granted_by IS 'The offer that gave or offered this line: a gift or an add-on.';

CREATE TABLE orders.applied (
  mall_id uuid NOT NULL,
  order_id uuid NOT NULL,
  id uuid NOT NULL,
  offer_id uuid NOT NULL,
  version integer NOT NULL,
  source text NOT NULL CHECK (source IN ('automatic', 'coupon')),
  kind text NOT NULL,
  title_zh text NOT NULL,
  title_en text NOT NULL,
  discount_minor bigint NOT NULL CHECK (discount_minor >= 0),
  earned_by uuid[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (mall_id, order_id, id),
  FOREIGN KEY (mall_id, order_id) REFERENCES orders.purchase
);
COMMENT ON TABLE orders.applied IS 'The offers an order was priced with, and in which version.';
COMMENT ON COLUMN orders.applied.earned_by IS
  'The lines a gift was earned with: when the last of their units goes back, so does the gift.';
CREATE INDEX applied_offer ON orders.applied (mall_id, offer_id, order_id);

-- What was sold before is told in the new words: its one coupon, and who bore what of every unit.
WITH spent AS (
  SELECT p.mall_id, p.id AS order_id, p.claim_ids[1] AS claim_id, coalesce(c.coupon_id, p.claim_ids[1]) AS offer_id,
         p.discount_minor, coalesce(k.kind, 'amount') AS kind, coalesce(k.title_zh, '') AS title_zh,
         coalesce(k.title_en, '') AS title_en
    FROM orders.purchase p
    LEFT JOIN coupons.claim c ON c.mall_id = p.mall_id AND c.id = p.claim_ids[1]
    LEFT JOIN coupons.coupon k ON k.mall_id = c.mall_id AND k.id = c.coupon_id
   WHERE cardinality(p.claim_ids) > 0
)
INSERT INTO orders.applied (mall_id, order_id, id, offer_id, version, source, kind, title_zh, title_en, discount_minor)
SELECT mall_id, order_id, claim_id, offer_id, 1, 'coupon', kind, title_zh, title_en, discount_minor FROM spent;

UPDATE orders.line l
   SET shares = (
     SELECT coalesce(jsonb_agg(jsonb_build_object(
              'id', a.id, 'offer_id', a.offer_id, 'version', a.version, 'funder', part.funder,
              'funder_id', part.funder_id, 'units', to_jsonb(part.units)) ORDER BY part.funder), '[]')
       FROM (
         SELECT 'mall' AS funder, NULL::uuid AS funder_id, l.unit_mall_funded_minor AS units
         UNION ALL
         SELECT 'merchant', s.merchant_id,
                ARRAY(SELECT l.unit_price_minor - u.paid - u.funded
                        FROM unnest(l.unit_paid_minor, l.unit_mall_funded_minor)
                             WITH ORDINALITY AS u(paid, funded, unit) ORDER BY u.unit)
       ) AS part
      WHERE EXISTS (SELECT FROM unnest(part.units) AS minor WHERE minor > 0))
  FROM orders.sub_order s, orders.applied a
 WHERE s.mall_id = l.mall_id AND s.id = l.sub_order_id AND a.mall_id = l.mall_id AND a.order_id = l.order_id;
