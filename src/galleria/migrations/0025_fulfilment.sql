-- Fulfilment: the ways goods reach the shopper, slots and points with room for so many, shipments and transfers.
-- depends: 0020_roles_on_the_move
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA fulfilment;

CREATE TABLE fulfilment.address (
  member_id uuid NOT NULL,
  id uuid NOT NULL,
  label text NOT NULL DEFAULT '',
  person text NOT NULL CHECK (person <> ''),
  phone text NOT NULL CHECK (phone <> ''),
  province text NOT NULL DEFAULT '',
  city text NOT NULL DEFAULT '',
  district text NOT NULL DEFAULT '',
  street text NOT NULL CHECK (street <> ''),
  door text NOT NULL DEFAULT '',
  lat double precision CHECK (lat BETWEEN -90 AND 90),
  lon double precision CHECK (lon BETWEEN -180 AND 180),
  preferred boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (member_id, id),
  CHECK ((lat IS NULL) = (lon IS NULL))
);
CREATE UNIQUE INDEX address_preferred ON fulfilment.address (member_id) WHERE preferred;

CREATE TABLE fulfilment.policy (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  lat double precision CHECK (lat BETWEEN -90 AND 90),
  lon double precision CHECK (lon BETWEEN -180 AND 180),
  days_ahead integer NOT NULL DEFAULT 3 CHECK (days_ahead BETWEEN 1 AND 14),
  remind_before_minutes integer NOT NULL DEFAULT 120 CHECK (remind_before_minutes BETWEEN 0 AND 10080),
  attempts_max integer NOT NULL DEFAULT 3 CHECK (attempts_max BETWEEN 1 AND 9),
  last_mile boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id),
  CHECK ((lat IS NULL) = (lon IS NULL))
);

CREATE TABLE fulfilment.way (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  shop_id uuid NOT NULL,
  way text NOT NULL CHECK (way IN ('collect', 'point', 'delivery', 'express')),
  carrier text NOT NULL DEFAULT 'own' CHECK (carrier IN ('own', 'riders', 'couriers', 'parcel')),
  active boolean NOT NULL,
  fee_minor bigint NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),
  free_from_minor bigint CHECK (free_from_minor > 0),
  prepare_minutes integer NOT NULL DEFAULT 30 CHECK (prepare_minutes BETWEEN 0 AND 43200),
  transit_minutes integer NOT NULL DEFAULT 0 CHECK (transit_minutes BETWEEN 0 AND 43200),
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, shop_id, way),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);
COMMENT ON COLUMN fulfilment.way.carrier IS 'Who carries; the fee is the shop''s merchant''s for own, else the mall''s.';

CREATE TABLE fulfilment.zone (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  kind text NOT NULL CHECK (kind IN ('polygon', 'distance', 'district')),
  polygon jsonb,
  reach_m integer CHECK (reach_m BETWEEN 1 AND 200000),
  districts text[] NOT NULL DEFAULT '{}',
  fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
  per_km_minor bigint NOT NULL DEFAULT 0 CHECK (per_km_minor >= 0),
  free_km integer NOT NULL DEFAULT 0 CHECK (free_km BETWEEN 0 AND 200),
  free_from_minor bigint CHECK (free_from_minor > 0),
  minimum_minor bigint NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
  travel_minutes integer NOT NULL DEFAULT 30 CHECK (travel_minutes BETWEEN 1 AND 1440),
  position integer NOT NULL DEFAULT 0,
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  CHECK (kind <> 'polygon' OR polygon IS NOT NULL),
  CHECK (kind <> 'distance' OR reach_m IS NOT NULL),
  CHECK (kind <> 'district' OR cardinality(districts) > 0)
);

CREATE TABLE fulfilment.holiday (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  day date NOT NULL,
  as_weekday integer CHECK (as_weekday BETWEEN 1 AND 7),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  PRIMARY KEY (mall_id, day)
);
COMMENT ON COLUMN fulfilment.holiday.as_weekday IS 'Slots as on this weekday (Monday is 1); NULL means closed.';

CREATE TABLE fulfilment.point (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  code text NOT NULL CHECK (code <> ''),
  kind text NOT NULL CHECK (kind IN ('desk', 'convenience')),
  shop_id uuid,
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  address_zh text NOT NULL DEFAULT '',
  address_en text NOT NULL DEFAULT '',
  hours text NOT NULL DEFAULT '10:00-22:00',
  phone text NOT NULL DEFAULT '',
  lat double precision,
  lon double precision,
  fee_minor bigint NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),
  travel_minutes integer NOT NULL DEFAULT 30 CHECK (travel_minutes BETWEEN 0 AND 10080),
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, code),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);
COMMENT ON COLUMN fulfilment.point.shop_id IS 'The shop whose staff runs it; NULL for the mall''s own desk.';

CREATE TABLE fulfilment.compartment (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  point_id uuid NOT NULL,
  storage text NOT NULL CHECK (storage IN ('ambient', 'chilled', 'frozen')),
  capacity integer NOT NULL CHECK (capacity >= 0),
  held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
  hours_max integer NOT NULL CHECK (hours_max BETWEEN 1 AND 2160),
  unclaimed text NOT NULL CHECK (unclaimed IN ('return', 'destroy')),
  low_tenths integer,
  high_tenths integer,
  PRIMARY KEY (mall_id, point_id, storage),
  FOREIGN KEY (mall_id, point_id) REFERENCES fulfilment.point,
  CHECK (held <= capacity),
  CHECK (low_tenths IS NULL OR high_tenths IS NULL OR low_tenths < high_tenths)
);
COMMENT ON COLUMN fulfilment.compartment.low_tenths IS 'Tenths of a degree Celsius; a reading outside raises an alarm.';

CREATE TABLE fulfilment.reading (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  point_id uuid NOT NULL,
  storage text NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  tenths integer NOT NULL CHECK (tenths BETWEEN -1000 AND 1000),
  alarm boolean NOT NULL,
  staff_id uuid,
  settled_at timestamptz,
  settled_by uuid,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, point_id, storage) REFERENCES fulfilment.compartment,
  CHECK ((settled_at IS NULL) = (settled_by IS NULL))
);
CREATE INDEX reading_compartment ON fulfilment.reading (mall_id, point_id, storage, at DESC);
CREATE INDEX reading_alarm ON fulfilment.reading (mall_id, at) WHERE alarm AND settled_at IS NULL;

CREATE TABLE fulfilment.slot_rule (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  way text NOT NULL CHECK (way IN ('collect', 'point', 'delivery')),
  shop_id uuid,
  point_id uuid,
  weekdays integer[] NOT NULL CHECK (cardinality(weekdays) > 0),
  starts time NOT NULL,
  ends time NOT NULL CHECK (ends > starts),
  capacity integer NOT NULL CHECK (capacity >= 0),
  lead_minutes integer NOT NULL CHECK (lead_minutes BETWEEN 0 AND 20160),
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  FOREIGN KEY (mall_id, point_id) REFERENCES fulfilment.point
);
COMMENT ON COLUMN fulfilment.slot_rule.lead_minutes IS 'Booking, and changing what is booked, ends so long before it.';

CREATE TABLE fulfilment.slot (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  rule_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  capacity integer NOT NULL,
  booked integer NOT NULL DEFAULT 0 CHECK (booked >= 0),
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, rule_id) REFERENCES fulfilment.slot_rule,
  CHECK (booked <= capacity)
);

CREATE TABLE fulfilment.product (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  product_id uuid NOT NULL,
  storage text NOT NULL CHECK (storage IN ('ambient', 'chilled', 'frozen')),
  PRIMARY KEY (mall_id, product_id)
);

CREATE TABLE fulfilment.booking (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  order_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  member_id uuid NOT NULL,
  way text NOT NULL CHECK (way IN ('collect', 'point', 'delivery', 'express')),
  carrier text NOT NULL,
  state text NOT NULL CHECK (state IN ('booked', 'started', 'released')),
  fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
  belongs_to text NOT NULL CHECK (belongs_to IN ('mall', 'merchant')),
  address jsonb,
  zone_id uuid,
  slot_id uuid,
  point_id uuid,
  storages text[] NOT NULL DEFAULT '{}',
  promised_from timestamptz NOT NULL,
  promised_to timestamptz NOT NULL CHECK (promised_to >= promised_from),
  prepare_by timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, order_id, shop_id),
  FOREIGN KEY (mall_id, slot_id) REFERENCES fulfilment.slot,
  FOREIGN KEY (mall_id, point_id) REFERENCES fulfilment.point,
  CHECK ((way = 'point') = (point_id IS NOT NULL))
);
CREATE INDEX booking_slot ON fulfilment.booking (mall_id, slot_id) WHERE slot_id IS NOT NULL;

CREATE TABLE fulfilment.shipment (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  number text NOT NULL,
  order_id uuid NOT NULL,
  sub_order_id uuid NOT NULL,
  member_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  filling_shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  shop_zh text NOT NULL,
  shop_en text NOT NULL,
  order_number text NOT NULL,
  way text NOT NULL CHECK (way IN ('collect', 'point', 'delivery', 'express')),
  carrier text NOT NULL CHECK (carrier IN ('own', 'riders', 'couriers', 'parcel')),
  state text NOT NULL CHECK (state IN ('planned', 'picking', 'packed', 'handed', 'on_the_way', 'at_point', 'delivered',
                                       'failed', 'returning', 'returned', 'lost', 'destroyed', 'cancelled')),
  storage text NOT NULL CHECK (storage IN ('ambient', 'chilled', 'frozen')),
  address jsonb,
  slot_id uuid,
  point_id uuid,
  holds_room boolean NOT NULL DEFAULT false,
  code text NOT NULL CHECK (code ~ '^[0-9]{6}$'),
  shelf text NOT NULL DEFAULT '',
  company text NOT NULL DEFAULT '',
  tracking text NOT NULL DEFAULT '',
  carried_by text NOT NULL DEFAULT '',
  fee_minor bigint NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  reason text NOT NULL DEFAULT '',
  promised_from timestamptz NOT NULL,
  promised_to timestamptz NOT NULL,
  prepare_by timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  packed_at timestamptz,
  arrived_at timestamptz,
  due_at timestamptz,
  reminded_at timestamptz,
  delivered_at timestamptz,
  ended_at timestamptz,
  late_minutes integer CHECK (late_minutes >= 0),
  parent_id uuid,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, number),
  FOREIGN KEY (mall_id, slot_id) REFERENCES fulfilment.slot,
  FOREIGN KEY (mall_id, point_id) REFERENCES fulfilment.point,
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  FOREIGN KEY (mall_id, filling_shop_id) REFERENCES malls.shop,
  CHECK (state <> 'at_point' OR (point_id IS NOT NULL AND due_at IS NOT NULL)),
  CHECK ((late_minutes IS NULL) = (arrived_at IS NULL))
);
CREATE INDEX shipment_order ON fulfilment.shipment (mall_id, order_id);
CREATE INDEX shipment_open ON fulfilment.shipment (mall_id, prepare_by, id)
  WHERE state NOT IN ('delivered', 'returned', 'lost', 'destroyed', 'cancelled');
CREATE INDEX shipment_filling ON fulfilment.shipment (mall_id, filling_shop_id, id);
CREATE INDEX shipment_due ON fulfilment.shipment (due_at) WHERE state = 'at_point';
CREATE UNIQUE INDEX shipment_code ON fulfilment.shipment (mall_id, point_id, code) WHERE state = 'at_point';

CREATE TABLE fulfilment.shipment_line (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  shipment_id uuid NOT NULL,
  line_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  product_id uuid NOT NULL,
  sku text NOT NULL DEFAULT '',
  name_zh text NOT NULL,
  name_en text NOT NULL,
  option_zh text NOT NULL,
  option_en text NOT NULL,
  position integer NOT NULL,
  units integer[] NOT NULL,
  picked integer NOT NULL DEFAULT 0 CHECK (picked >= 0),
  PRIMARY KEY (mall_id, shipment_id, line_id),
  FOREIGN KEY (mall_id, shipment_id) REFERENCES fulfilment.shipment,
  CHECK (picked <= cardinality(units))
);
CREATE INDEX shipment_line_line ON fulfilment.shipment_line (mall_id, line_id);

CREATE TABLE fulfilment.move (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  shipment_id uuid NOT NULL,
  id uuid NOT NULL,
  what text NOT NULL,
  actor_kind text NOT NULL,
  actor_id uuid NOT NULL,
  note text NOT NULL DEFAULT '',
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, shipment_id, id),
  FOREIGN KEY (mall_id, shipment_id) REFERENCES fulfilment.shipment
);

CREATE TABLE fulfilment.loss (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  sub_order_id uuid NOT NULL,
  shipment_id uuid NOT NULL,
  reason text NOT NULL CHECK (reason IN ('short', 'unclaimed_returned', 'unclaimed_destroyed', 'lost', 'returned',
                                         'spoiled')),
  restock boolean NOT NULL,
  lines jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  refund_id uuid,
  settled_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shipment_id) REFERENCES fulfilment.shipment
);
CREATE INDEX loss_open ON fulfilment.loss (mall_id, created_at) WHERE settled_at IS NULL;
CREATE INDEX loss_shipment ON fulfilment.loss (mall_id, shipment_id);

CREATE TABLE fulfilment.transfer (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  number text NOT NULL,
  merchant_id uuid NOT NULL,
  from_shop_id uuid NOT NULL,
  to_shop_id uuid NOT NULL,
  shipment_id uuid,
  state text NOT NULL CHECK (state IN ('draft', 'sent', 'received', 'cancelled')),
  note text NOT NULL DEFAULT '',
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  sent_by uuid,
  sent_at timestamptz,
  received_by uuid,
  received_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, number),
  FOREIGN KEY (mall_id, from_shop_id) REFERENCES malls.shop,
  FOREIGN KEY (mall_id, to_shop_id) REFERENCES malls.shop,
  CHECK (from_shop_id <> to_shop_id)
);
CREATE INDEX transfer_from ON fulfilment.transfer (mall_id, from_shop_id, id);
CREATE INDEX transfer_to ON fulfilment.transfer (mall_id, to_shop_id, id);

CREATE TABLE fulfilment.transfer_line (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  transfer_id uuid NOT NULL,
  from_variant_id uuid NOT NULL,
  to_variant_id uuid NOT NULL,
  sku text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  sent integer NOT NULL CHECK (sent > 0),
  received integer CHECK (received >= 0),
  PRIMARY KEY (mall_id, transfer_id, from_variant_id),
  FOREIGN KEY (mall_id, transfer_id) REFERENCES fulfilment.transfer
);
COMMENT ON COLUMN fulfilment.transfer_line.received IS 'What came in; less or more than was sent is the difference.';
