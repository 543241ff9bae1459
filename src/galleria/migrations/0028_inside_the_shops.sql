-- Scan and go: opted-in shops, barcodes, sessions, age checks, the gate. Dining: tables, menus, kitchen, bills.
-- depends: 0020_roles_on_the_move
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA scango;

CREATE TABLE scango.shop (
  mall_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  active boolean NOT NULL,
  check_bp integer NOT NULL CHECK (check_bp BETWEEN 0 AND 10000),
  newcomer_bp integer NOT NULL CHECK (newcomer_bp BETWEEN 0 AND 10000),
  removed_pieces integer NOT NULL CHECK (removed_pieces BETWEEN 1 AND 999),
  value_minor bigint CHECK (value_minor > 0),
  rescan_pieces integer NOT NULL CHECK (rescan_pieces BETWEEN 1 AND 99),
  idle_minutes integer NOT NULL CHECK (idle_minutes BETWEEN 5 AND 1440),
  formats jsonb NOT NULL DEFAULT '[]',
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, shop_id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);
COMMENT ON COLUMN scango.shop.formats IS
  'How the shop''s scales print restricted circulation numbers: prefix, item digits, price or weight, verifier.';

CREATE TABLE scango.barcode (
  mall_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  code text COLLATE "C" NOT NULL CHECK (code ~ '^([0-9]{14}|2[0-9]/[0-9]{4,7})$'),
  variant_id uuid NOT NULL,
  PRIMARY KEY (mall_id, shop_id, code),
  FOREIGN KEY (mall_id, variant_id) REFERENCES catalog.variant
);
COMMENT ON COLUMN scango.barcode.code IS 'A GTIN filled to 14 digits, or prefix/item reference of a weighed good.';
CREATE INDEX barcode_variant ON scango.barcode (mall_id, variant_id);

CREATE TABLE scango.age_limit (
  mall_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  min_age smallint NOT NULL CHECK (min_age BETWEEN 1 AND 99),
  PRIMARY KEY (mall_id, variant_id),
  FOREIGN KEY (mall_id, variant_id) REFERENCES catalog.variant
);
CREATE INDEX age_limit_shop ON scango.age_limit (mall_id, shop_id);

CREATE TABLE scango.session (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  shop_id uuid NOT NULL,
  member_id uuid NOT NULL,
  serial text NOT NULL CHECK (serial ~ '^[0-9]{8}$'),
  state text NOT NULL CHECK (state IN ('open', 'placed', 'paid', 'left', 'cancelled', 'abandoned')),
  removed integer NOT NULL DEFAULT 0 CHECK (removed >= 0),
  approved_age smallint NOT NULL DEFAULT 0 CHECK (approved_age BETWEEN 0 AND 99),
  order_id uuid,
  must_check boolean,
  reasons text[] NOT NULL DEFAULT '{}',
  opened_at timestamptz NOT NULL,
  touched_at timestamptz NOT NULL,
  paid_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, serial),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  CHECK ((state IN ('placed', 'paid', 'left')) = (order_id IS NOT NULL)),
  CHECK ((state IN ('paid', 'left')) = (paid_at IS NOT NULL)),
  CHECK ((state IN ('left', 'cancelled', 'abandoned')) = (ended_at IS NOT NULL)),
  CHECK (paid_at IS NULL OR must_check IS NOT NULL)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX session_current ON scango.session (mall_id, member_id, shop_id) WHERE state IN ('open', 'placed');
CREATE UNIQUE INDEX session_order ON scango.session (mall_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX session_of_order ON scango.session (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX session_member ON scango.session (mall_id, member_id, id DESC);
CREATE INDEX session_shop ON scango.session (mall_id, shop_id, id DESC);
CREATE INDEX session_idle ON scango.session (touched_at) WHERE state = 'open';

CREATE TABLE scango.item (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  code text NOT NULL,
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  label_minor bigint CHECK (label_minor > 0),
  weight_g integer CHECK (weight_g > 0),
  added_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, session_id) REFERENCES scango.session,
  CHECK (label_minor IS NULL OR weight_g IS NULL),
  CHECK ((label_minor IS NULL AND weight_g IS NULL) OR quantity = 1)
);
CREATE INDEX item_session ON scango.item (mall_id, session_id, id);
CREATE UNIQUE INDEX item_counted ON scango.item (mall_id, session_id, variant_id)
  WHERE label_minor IS NULL AND weight_g IS NULL;

CREATE TABLE scango.age_check (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  min_age smallint NOT NULL,
  state text NOT NULL CHECK (state IN ('asked', 'approved', 'refused')),
  asked_at timestamptz NOT NULL,
  decided_at timestamptz,
  staff_id uuid,
  staff_name text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, session_id) REFERENCES scango.session,
  CHECK ((state = 'asked') = (decided_at IS NULL)),
  CHECK ((state = 'asked') = (staff_id IS NULL)),
  CHECK (state <> 'refused' OR reason <> '')
);
CREATE UNIQUE INDEX age_check_asked ON scango.age_check (mall_id, session_id) WHERE state = 'asked';
CREATE INDEX age_check_shop ON scango.age_check (mall_id, shop_id, id DESC);

CREATE TABLE scango.gate_check (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('passed', 'held')),
  scanned jsonb NOT NULL,
  differences jsonb NOT NULL,
  note text NOT NULL DEFAULT '',
  staff_id uuid NOT NULL,
  staff_name text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, session_id) REFERENCES scango.session
);
CREATE UNIQUE INDEX gate_passed ON scango.gate_check (mall_id, session_id) WHERE outcome = 'passed';
CREATE INDEX gate_check_shop ON scango.gate_check (mall_id, shop_id, id DESC);

CREATE SCHEMA dining;

CREATE TABLE dining.restaurant (
  mall_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  active boolean NOT NULL,
  opens_by text NOT NULL CHECK (opens_by IN ('guests', 'staff')),
  late_minutes integer NOT NULL CHECK (late_minutes BETWEEN 1 AND 240),
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, shop_id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);

CREATE TABLE dining.station (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  shop_id uuid NOT NULL,
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);
CREATE INDEX station_shop ON dining.station (mall_id, shop_id, position);

CREATE TABLE dining.option_group (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  shop_id uuid NOT NULL,
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  least smallint NOT NULL CHECK (least >= 0),
  most smallint NOT NULL CHECK (most BETWEEN 1 AND 20),
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  CHECK (least <= most)
);
CREATE INDEX option_group_shop ON dining.option_group (mall_id, shop_id, position);

CREATE TABLE dining.option (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  group_id uuid NOT NULL,
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  extra_minor bigint NOT NULL DEFAULT 0 CHECK (extra_minor BETWEEN 0 AND 10000000),
  sold_out boolean NOT NULL DEFAULT false,
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, group_id) REFERENCES dining.option_group ON DELETE CASCADE
);
CREATE INDEX option_of_group ON dining.option (mall_id, group_id, position);

CREATE TABLE dining.dish (
  mall_id uuid NOT NULL,
  product_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  station_id uuid,
  course smallint NOT NULL DEFAULT 1 CHECK (course BETWEEN 1 AND 9),
  group_ids uuid[] NOT NULL DEFAULT '{}',
  sold_out boolean NOT NULL DEFAULT false,
  PRIMARY KEY (mall_id, product_id),
  FOREIGN KEY (mall_id, product_id) REFERENCES catalog.product,
  FOREIGN KEY (mall_id, station_id) REFERENCES dining.station
);
CREATE INDEX dish_shop ON dining.dish (mall_id, shop_id);
CREATE INDEX dish_station ON dining.dish (mall_id, station_id);

CREATE TABLE dining.seat_table (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  shop_id uuid NOT NULL,
  number text NOT NULL CHECK (length(number) BETWEEN 1 AND 12),
  seats smallint NOT NULL CHECK (seats BETWEEN 1 AND 99),
  area text NOT NULL DEFAULT '',
  x smallint NOT NULL DEFAULT 0 CHECK (x BETWEEN 0 AND 23),
  y smallint NOT NULL DEFAULT 0 CHECK (y BETWEEN 0 AND 23),
  sticker text NOT NULL CHECK (length(sticker) = 20),
  active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, shop_id, number),
  UNIQUE (mall_id, sticker),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);

CREATE TABLE dining.seating (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  shop_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'billing', 'closed', 'merged')),
  people smallint NOT NULL DEFAULT 1 CHECK (people BETWEEN 1 AND 99),
  join_code text NOT NULL CHECK (join_code ~ '^[0-9]{6}$'),
  opened_at timestamptz NOT NULL,
  opened_by text NOT NULL CHECK (opened_by IN ('guests', 'staff')),
  closed_at timestamptz,
  merged_into uuid,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  CHECK ((state IN ('closed', 'merged')) = (closed_at IS NOT NULL)),
  CHECK ((state = 'merged') = (merged_into IS NOT NULL))
) WITH (fillfactor = 80);
COMMENT ON COLUMN dining.seating.join_code IS
  'Asked of every phone after the first: the sticker on the table stays, this changes with every seating.';
CREATE INDEX seating_shop ON dining.seating (mall_id, shop_id, id DESC);

CREATE TABLE dining.occupied (
  mall_id uuid NOT NULL,
  table_id uuid NOT NULL,
  seating_id uuid NOT NULL,
  PRIMARY KEY (mall_id, table_id),
  FOREIGN KEY (mall_id, table_id) REFERENCES dining.seat_table,
  FOREIGN KEY (mall_id, seating_id) REFERENCES dining.seating
);
CREATE INDEX occupied_seating ON dining.occupied (mall_id, seating_id);

CREATE TABLE dining.guest (
  mall_id uuid NOT NULL,
  seating_id uuid NOT NULL,
  member_id uuid NOT NULL,
  number smallint NOT NULL CHECK (number > 0),
  name text NOT NULL DEFAULT '',
  joined_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, seating_id, member_id),
  UNIQUE (mall_id, seating_id, number),
  FOREIGN KEY (mall_id, seating_id) REFERENCES dining.seating
);
CREATE INDEX guest_member ON dining.guest (mall_id, member_id, seating_id);

CREATE TABLE dining.bill (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  seating_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  member_id uuid NOT NULL,
  order_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'paid', 'void')),
  split text NOT NULL CHECK (split IN ('together', 'evenly', 'dishes')),
  payable_minor bigint NOT NULL CHECK (payable_minor >= 0),
  opened_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, order_id),
  FOREIGN KEY (mall_id, seating_id) REFERENCES dining.seating,
  CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX bill_open ON dining.bill (mall_id, seating_id) WHERE state = 'open';
CREATE INDEX bill_of_order ON dining.bill (order_id);
CREATE INDEX bill_seating ON dining.bill (mall_id, seating_id, id DESC);

CREATE TABLE dining.item (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  seating_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  member_id uuid,
  product_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  hold_id uuid NOT NULL,
  station_id uuid,
  course smallint NOT NULL CHECK (course BETWEEN 1 AND 9),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  option_zh text NOT NULL,
  option_en text NOT NULL,
  picture text,
  option_ids uuid[] NOT NULL DEFAULT '{}',
  note text NOT NULL DEFAULT '',
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor > 0),
  state text NOT NULL CHECK (state IN ('draft', 'held', 'sent', 'cooking', 'ready', 'served', 'cancelled')),
  relief text CHECK (relief IN ('comp', 'write_off')),
  reason text NOT NULL DEFAULT '',
  relieved_by uuid,
  bill_id uuid,
  added_at timestamptz NOT NULL,
  sent_at timestamptz,
  cooking_at timestamptz,
  ready_at timestamptz,
  served_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, seating_id) REFERENCES dining.seating,
  FOREIGN KEY (mall_id, bill_id) REFERENCES dining.bill,
  CHECK (state <> 'cancelled' OR (reason <> '' AND bill_id IS NULL)),
  CHECK (relief IS NULL OR (reason <> '' AND relieved_by IS NOT NULL AND bill_id IS NULL)),
  CHECK (state NOT IN ('draft', 'held') OR (sent_at IS NULL AND bill_id IS NULL)),
  CHECK (state NOT IN ('sent', 'cooking', 'ready', 'served') OR sent_at IS NOT NULL)
) WITH (fillfactor = 80);
COMMENT ON COLUMN dining.item.hold_id IS 'What its part of the stock is promised under; another one after a bill that was not paid.';
CREATE INDEX item_seating ON dining.item (mall_id, seating_id, id);
CREATE INDEX item_bill ON dining.item (mall_id, bill_id) WHERE bill_id IS NOT NULL;
CREATE INDEX item_kitchen ON dining.item (mall_id, shop_id, sent_at) WHERE state IN ('sent', 'cooking', 'ready');

CREATE TABLE dining.call (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  seating_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('waiter', 'water', 'bill', 'other')),
  note text NOT NULL DEFAULT '',
  asked_at timestamptz NOT NULL,
  done_at timestamptz,
  staff_id uuid,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, seating_id) REFERENCES dining.seating,
  CHECK ((done_at IS NULL) = (staff_id IS NULL))
);
CREATE UNIQUE INDEX call_open ON dining.call (mall_id, seating_id, kind) WHERE done_at IS NULL;
CREATE INDEX call_shop ON dining.call (mall_id, shop_id, asked_at) WHERE done_at IS NULL;
