-- Festivals, check-ins, and what members are: birthday, tier, household.
-- depends: 0009_engagement
SET LOCAL lock_timeout = '5s';

CREATE TABLE members.household (
  group_id uuid NOT NULL REFERENCES malls.mall_group,
  id uuid NOT NULL,
  join_code text NOT NULL CHECK (join_code ~ '^[A-Z2-9]{10}$'),
  size smallint NOT NULL CHECK (size BETWEEN 0 AND 8),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, id),
  UNIQUE (group_id, join_code)
) WITH (fillfactor = 80);
COMMENT ON COLUMN members.household.size IS 'How many live in it: counted up by who joins, never beyond eight.';

ALTER TABLE members.member
  ADD COLUMN birthday date CHECK (birthday BETWEEN '1900-01-01' AND '2100-01-01'),
  ADD COLUMN tier text CHECK (tier ~ '^[a-z0-9_-]{1,24}$'),
  ADD COLUMN household_id uuid,
  ADD COLUMN household_left_at timestamptz,
  ADD FOREIGN KEY (group_id, household_id) REFERENCES members.household;
CREATE INDEX member_household ON members.member (group_id, household_id) WHERE household_id IS NOT NULL;

CREATE SCHEMA festivals;

CREATE TABLE festivals.festival (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  title_zh text NOT NULL CHECK (title_zh <> ''),
  title_en text NOT NULL CHECK (title_en <> ''),
  text_zh text NOT NULL DEFAULT '',
  text_en text NOT NULL DEFAULT '',
  opens_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL CHECK (closes_at > opens_at),
  waiting_room boolean NOT NULL,
  queue_lead_s integer NOT NULL CHECK (queue_lead_s BETWEEN 0 AND 86400),
  admit_per_s integer NOT NULL CHECK (admit_per_s BETWEEN 1 AND 100000),
  turn_s integer NOT NULL CHECK (turn_s BETWEEN 10 AND 86400),
  proof_of_work boolean NOT NULL,
  difficulty integer NOT NULL CHECK (difficulty BETWEEN 1000 AND 5000000),
  account_per_minute integer NOT NULL CHECK (account_per_minute > 0),
  device_per_minute integer NOT NULL CHECK (device_per_minute > 0),
  address_per_minute integer NOT NULL CHECK (address_per_minute > 0),
  device_claims_max integer NOT NULL CHECK (device_claims_max > 0),
  address_claims_max integer NOT NULL CHECK (address_claims_max > 0),
  shop_uses_min integer NOT NULL CHECK (shop_uses_min > 0),
  shop_factor integer NOT NULL CHECK (shop_factor BETWEEN 2 AND 1000),
  districts jsonb NOT NULL DEFAULT '[]',
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'open', 'paused', 'ended')),
  paused_at timestamptz,
  paused_by uuid,
  pause_code text,
  pause_zh text NOT NULL DEFAULT '',
  pause_en text NOT NULL DEFAULT '',
  pace_since timestamptz NOT NULL,
  pace_base bigint NOT NULL DEFAULT 1000000 CHECK (pace_base >= 0),
  pace_per_s integer NOT NULL DEFAULT 0 CHECK (pace_per_s >= 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  CHECK ((state = 'paused') = (paused_at IS NOT NULL)),
  CHECK ((state = 'paused') = (pause_code IS NOT NULL))
);
COMMENT ON COLUMN festivals.festival.pace_base IS
  'Millionths of numbers served at pace_since; from then on pace_per_s a second, none while paused.';
CREATE INDEX festival_when ON festivals.festival (mall_id, opens_at);
CREATE INDEX festival_open ON festivals.festival (closes_at) WHERE state = 'open';

CREATE TABLE festivals.festival_coupon (
  mall_id uuid NOT NULL,
  festival_id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  position integer NOT NULL,
  paused boolean NOT NULL DEFAULT false,
  PRIMARY KEY (mall_id, festival_id, coupon_id),
  UNIQUE (mall_id, coupon_id),
  FOREIGN KEY (mall_id, festival_id) REFERENCES festivals.festival
);
COMMENT ON COLUMN festivals.festival_coupon.paused IS 'Paused by the festival, and so live again when it goes on.';

CREATE TABLE festivals.queue (
  mall_id uuid NOT NULL,
  festival_id uuid NOT NULL,
  number bigint NOT NULL DEFAULT 0 CHECK (number >= 0),
  issued bigint NOT NULL DEFAULT 0 CHECK (issued BETWEEN 0 AND number),
  PRIMARY KEY (mall_id, festival_id),
  FOREIGN KEY (mall_id, festival_id) REFERENCES festivals.festival
) WITH (fillfactor = 10);
COMMENT ON TABLE festivals.queue IS
  'The hot row of a waiting room: the last number given, and how many were given (numbers pass over idle time).';

CREATE TABLE festivals.source (
  mall_id uuid NOT NULL,
  festival_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('device', 'address')),
  key text NOT NULL,
  claims integer NOT NULL CHECK (claims > 0),
  member_ids uuid[] NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, festival_id, kind, key),
  FOREIGN KEY (mall_id, festival_id) REFERENCES festivals.festival
) WITH (fillfactor = 70);
COMMENT ON TABLE festivals.source IS
  'How many claims came from one device or address, told by each process about once a second; member_ids: up to 20.';
CREATE INDEX source_most ON festivals.source (mall_id, festival_id, kind, claims DESC);

CREATE TABLE festivals.anomaly (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  festival_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('device', 'address', 'shop')),
  key text NOT NULL,
  seen integer NOT NULL,
  allowed integer NOT NULL,
  member_ids uuid[] NOT NULL DEFAULT '{}',
  text_zh text NOT NULL,
  text_en text NOT NULL,
  found_at timestamptz NOT NULL,
  cleared_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, festival_id) REFERENCES festivals.festival
);
CREATE UNIQUE INDEX anomaly_open ON festivals.anomaly (mall_id, festival_id, kind, key) WHERE cleared_at IS NULL;
CREATE INDEX anomaly_of ON festivals.anomaly (mall_id, festival_id, id DESC);

CREATE TABLE festivals.minute (
  mall_id uuid NOT NULL,
  festival_id uuid NOT NULL,
  coupon_id uuid NOT NULL,
  minute timestamptz NOT NULL,
  claimed integer NOT NULL CHECK (claimed > 0),
  PRIMARY KEY (mall_id, festival_id, minute, coupon_id),
  FOREIGN KEY (mall_id, festival_id) REFERENCES festivals.festival
) WITH (fillfactor = 70);
COMMENT ON TABLE festivals.minute IS
  'Claims of each minute for the board, counted anew while a minute is young; coupons.claim is what is true.';

CREATE TABLE festivals.shop_use (
  mall_id uuid NOT NULL,
  festival_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  used integer NOT NULL CHECK (used >= 0),
  usual integer NOT NULL CHECK (usual >= 0),
  PRIMARY KEY (mall_id, festival_id, shop_id),
  FOREIGN KEY (mall_id, festival_id) REFERENCES festivals.festival
);
COMMENT ON COLUMN festivals.shop_use.usual IS 'What the shop redeemed of anything in the four weeks before.';

CREATE SCHEMA checkins;

CREATE TABLE checkins.ladder (
  mall_id uuid PRIMARY KEY REFERENCES malls.mall,
  active boolean NOT NULL,
  repeats boolean NOT NULL,
  points_last_days integer CHECK (points_last_days > 0),
  changed_at timestamptz NOT NULL
);

CREATE TABLE checkins.rung (
  mall_id uuid NOT NULL REFERENCES checkins.ladder,
  day integer NOT NULL CHECK (day BETWEEN 1 AND 366),
  points integer NOT NULL CHECK (points BETWEEN 0 AND 1000000),
  coupon_id uuid,
  PRIMARY KEY (mall_id, day),
  CHECK (points > 0 OR coupon_id IS NOT NULL)
);

CREATE TABLE checkins.visit (
  mall_id uuid NOT NULL,
  member_id uuid NOT NULL,
  day date NOT NULL,
  id uuid NOT NULL,
  streak integer NOT NULL CHECK (streak > 0),
  points integer NOT NULL DEFAULT 0 CHECK (points >= 0),
  claim_id uuid,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, member_id, day),
  UNIQUE (mall_id, id)
);
COMMENT ON COLUMN checkins.visit.day IS 'The day on the mall''s own clock; the key lets a member in once a day.';
CREATE INDEX visit_day ON checkins.visit (mall_id, day);
