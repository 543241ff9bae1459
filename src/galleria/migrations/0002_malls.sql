-- Groups, malls, merchants, categories, shops.
-- depends: 0001_platform
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA malls;

CREATE TABLE malls.mall_group (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE malls.mall (
  id uuid PRIMARY KEY,
  group_id uuid NOT NULL REFERENCES malls.mall_group,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  address_zh text NOT NULL DEFAULT '',
  address_en text NOT NULL DEFAULT '',
  time_zone text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  hours text NOT NULL DEFAULT '10:00-22:00',
  picture text,
  created_at timestamptz NOT NULL
);

CREATE TABLE malls.merchant (
  group_id uuid NOT NULL REFERENCES malls.mall_group,
  id uuid NOT NULL,
  code text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, id),
  UNIQUE (group_id, code)
);

CREATE TABLE malls.category (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  code text NOT NULL,
  parent_id uuid,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  position integer NOT NULL DEFAULT 0,
  picture text,
  path uuid[] NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, code),
  FOREIGN KEY (mall_id, parent_id) REFERENCES malls.category
);
COMMENT ON COLUMN malls.category.path IS 'The ids from the top category down to this one.';

CREATE TABLE malls.shop (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  group_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  category_id uuid NOT NULL,
  code text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  about_zh text NOT NULL DEFAULT '',
  about_en text NOT NULL DEFAULT '',
  floor_code text NOT NULL DEFAULT '',
  unit_code text NOT NULL DEFAULT '',
  hours text NOT NULL DEFAULT '10:00-22:00',
  phone text NOT NULL DEFAULT '',
  logo text,
  picture text,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, code),
  FOREIGN KEY (mall_id, category_id) REFERENCES malls.category,
  FOREIGN KEY (group_id, merchant_id) REFERENCES malls.merchant
);
CREATE INDEX shop_category ON malls.shop (mall_id, category_id);
CREATE INDEX shop_merchant ON malls.shop (merchant_id, mall_id);
