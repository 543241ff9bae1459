-- The building as it stands: buildings, floors, units and facilities, with their outlines (GeoJSON, WGS 84).
-- depends: 0002_malls
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA venue;

CREATE TABLE venue.building (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  code text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, code)
);

CREATE TABLE venue.floor (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  building_id uuid NOT NULL,
  code text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  ordinal integer NOT NULL,
  width_m double precision,
  height_m double precision,
  outline jsonb,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, building_id, code),
  FOREIGN KEY (mall_id, building_id) REFERENCES venue.building
);

CREATE TABLE venue.unit (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  floor_id uuid NOT NULL,
  code text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('shop', 'facility')),
  feature text NOT NULL DEFAULT '',
  name_zh text NOT NULL,
  name_en text NOT NULL,
  shop_id uuid,
  longitude double precision,
  latitude double precision,
  outline jsonb,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, floor_id, code),
  FOREIGN KEY (mall_id, floor_id) REFERENCES venue.floor,
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);
CREATE INDEX unit_shop ON venue.unit (mall_id, shop_id) WHERE shop_id IS NOT NULL;
