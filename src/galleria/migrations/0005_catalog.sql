-- Goods: products and their variants, with a search vector of segmented text; long imports and exports.
-- depends: 0002_malls
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA catalog;

CREATE TABLE catalog.product (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  category_id uuid NOT NULL,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 60),
  kind text NOT NULL CHECK (kind IN ('physical', 'voucher', 'service')),
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  text_zh text NOT NULL DEFAULT '',
  text_en text NOT NULL DEFAULT '',
  pictures text[] NOT NULL DEFAULT '{}',
  valid_days integer CHECK (valid_days > 0),
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'archived')),
  weight integer NOT NULL DEFAULT 0,
  price_min_minor bigint NOT NULL DEFAULT 0,
  search tsvector NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, shop_id, code),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  FOREIGN KEY (mall_id, category_id) REFERENCES malls.category
);
CREATE INDEX product_search ON catalog.product USING gin (search);
CREATE INDEX product_category ON catalog.product (mall_id, category_id, weight DESC, id) WHERE state = 'published';
CREATE INDEX product_shop ON catalog.product (mall_id, shop_id, weight DESC, id);
CREATE INDEX product_weight ON catalog.product (mall_id, weight DESC, id) WHERE state = 'published';

CREATE INDEX product_price ON catalog.product (mall_id, price_min_minor, id) WHERE state = 'published';

CREATE TABLE catalog.variant (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  sku text NOT NULL CHECK (length(sku) BETWEEN 1 AND 60),
  barcode text,
  name_zh text NOT NULL DEFAULT '',
  name_en text NOT NULL DEFAULT '',
  price_minor bigint NOT NULL CHECK (price_minor > 0),
  position integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, shop_id, sku),
  FOREIGN KEY (mall_id, product_id) REFERENCES catalog.product
);
CREATE INDEX variant_product ON catalog.variant (mall_id, product_id, position);

CREATE SCHEMA merchandising;

CREATE TABLE merchandising.transfer (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('goods_import', 'goods_export')),
  shop_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
  file_name text NOT NULL,
  source_file text,
  result_file text,
  rows_total integer NOT NULL DEFAULT 0,
  rows_done integer NOT NULL DEFAULT 0,
  created_products integer NOT NULL DEFAULT 0,
  changed_products integer NOT NULL DEFAULT 0,
  problems jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id)
);
CREATE INDEX transfer_shop ON merchandising.transfer (mall_id, shop_id, id DESC);

CREATE SCHEMA media;

CREATE TABLE media.picture (
  name text PRIMARY KEY,
  width integer NOT NULL,
  height integer NOT NULL,
  bytes integer NOT NULL,
  colour text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE SCHEMA stock;

CREATE TABLE stock.level (
  mall_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  on_hand integer NOT NULL CHECK (on_hand >= 0),
  reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  PRIMARY KEY (mall_id, variant_id),
  CHECK (reserved <= on_hand)
) WITH (fillfactor = 80);

CREATE TABLE stock.movement (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  variant_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('receive', 'adjust', 'sale', 'return')),
  quantity integer NOT NULL CHECK (quantity <> 0),
  reference uuid,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id)
);
CREATE INDEX movement_variant ON stock.movement (mall_id, variant_id, id DESC);

CREATE TABLE stock.reservation (
  mall_id uuid NOT NULL,
  order_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'taken', 'released')),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, order_id, variant_id)
) WITH (fillfactor = 80);
CREATE INDEX reservation_due ON stock.reservation (expires_at) WHERE state = 'held';
CREATE INDEX reservation_variant ON stock.reservation (mall_id, variant_id) WHERE state = 'held';
