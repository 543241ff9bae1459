-- Hands-free shopping: labels, trips, bags and every scan of them, desks with shelves, counts, claims, exceptions.
-- depends: 0004_venue 0003_people 0020_roles_on_the_move
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA handsfree;

-- What the mall promises; a mall without a row has the defaults of the program.
CREATE TABLE handsfree.policy (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  active boolean NOT NULL,
  remind_after_h integer NOT NULL CHECK (remind_after_h > 0),
  store_after_h integer NOT NULL CHECK (store_after_h > remind_after_h),
  return_after_h integer NOT NULL CHECK (return_after_h > store_after_h),
  chilled_h integer NOT NULL CHECK (chilled_h > 0),
  frozen_h integer NOT NULL CHECK (frozen_h > 0),
  declared_max_minor bigint NOT NULL CHECK (declared_max_minor >= 0),
  undeclared_max_minor bigint NOT NULL CHECK (undeclared_max_minor >= 0),
  claim_days integer NOT NULL CHECK (claim_days > 0),
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id)
);

CREATE TABLE handsfree.label_batch (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  shop_id uuid,
  count integer NOT NULL CHECK (count > 0),
  staff_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop
);

-- Everything about one bag queues on its label's row.
CREATE TABLE handsfree.label (
  mall_id uuid NOT NULL,
  code text NOT NULL CHECK (code ~ '^[0-9]{12}$'),
  batch_id uuid NOT NULL,
  position integer NOT NULL,
  PRIMARY KEY (mall_id, code),
  UNIQUE (mall_id, batch_id, position),
  FOREIGN KEY (mall_id, batch_id) REFERENCES handsfree.label_batch
);

CREATE TABLE handsfree.desk (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  code text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('desk', 'car_bay', 'store_room')),
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  floor_code text NOT NULL DEFAULT '',
  unit_code text NOT NULL DEFAULT '',
  open boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, code)
);

CREATE TABLE handsfree.shelf (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  desk_id uuid NOT NULL,
  code text NOT NULL CHECK (code <> ''),
  storage text NOT NULL CHECK (storage IN ('ambient', 'chilled', 'frozen')),
  capacity integer NOT NULL CHECK (capacity > 0),
  used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, desk_id, code),
  FOREIGN KEY (mall_id, desk_id) REFERENCES handsfree.desk
) WITH (fillfactor = 80);

-- The number by which shops know a member; its last four digits change.
CREATE TABLE handsfree.card (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  member_id uuid NOT NULL,
  serial text NOT NULL CHECK (serial ~ '^[0-9]{8}$'),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, member_id),
  UNIQUE (mall_id, serial)
);

CREATE TABLE handsfree.trip (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  member_id uuid NOT NULL,
  day date NOT NULL,
  serial text NOT NULL CHECK (serial ~ '^[0-9]{8}$'),
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  way text NOT NULL CHECK (way IN ('desk', 'car')),
  desk_id uuid,
  bay text NOT NULL DEFAULT '',
  wished_at timestamptz,
  created_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, serial),
  FOREIGN KEY (mall_id, desk_id) REFERENCES handsfree.desk,
  CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  CHECK (way <> 'car' OR bay <> '')
);
CREATE UNIQUE INDEX trip_open_once ON handsfree.trip (mall_id, member_id, day) WHERE state = 'open';
CREATE INDEX trip_member ON handsfree.trip (mall_id, member_id, id);

CREATE TABLE handsfree.bag (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  label text NOT NULL,
  trip_id uuid NOT NULL,
  member_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  merchant_id uuid NOT NULL,
  shop_zh text NOT NULL,
  shop_en text NOT NULL,
  floor_code text NOT NULL,
  unit_code text NOT NULL,
  storage text NOT NULL CHECK (storage IN ('ambient', 'chilled', 'frozen')),
  fragile boolean NOT NULL,
  pieces integer NOT NULL CHECK (pieces > 0),
  weight_g integer CHECK (weight_g > 0),
  declared_minor bigint CHECK (declared_minor >= 0),
  picture text,
  note text NOT NULL DEFAULT '',
  sealed_at timestamptz NOT NULL,
  best_by timestamptz,
  state text NOT NULL
    CHECK (state IN ('at_shop', 'carried', 'shelved', 'collected', 'returned', 'lost', 'destroyed')),
  runner_id uuid,
  desk_id uuid,
  shelf_id uuid,
  moved_at timestamptz NOT NULL,
  shelved_at timestamptz,
  reminded_at timestamptz,
  fetcher_id uuid,
  fetch_until timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, label),
  FOREIGN KEY (mall_id, label) REFERENCES handsfree.label,
  FOREIGN KEY (mall_id, trip_id) REFERENCES handsfree.trip,
  FOREIGN KEY (mall_id, shop_id) REFERENCES malls.shop,
  FOREIGN KEY (mall_id, shelf_id) REFERENCES handsfree.shelf,
  CHECK ((state = 'shelved') = (shelf_id IS NOT NULL)),
  CHECK ((state = 'carried') = (runner_id IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX bag_trip ON handsfree.bag (mall_id, trip_id);
CREATE INDEX bag_shop ON handsfree.bag (mall_id, shop_id, id);
CREATE INDEX bag_open ON handsfree.bag (mall_id, state) WHERE state IN ('at_shop', 'carried', 'shelved', 'lost');

-- A code that was shown to have bags handed out: each half minute's code once, each proxy's code once.
CREATE TABLE handsfree.collection (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  trip_id uuid NOT NULL,
  proxy_id uuid,
  step bigint,
  staff_id uuid NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, trip_id, step),
  UNIQUE (mall_id, proxy_id),
  FOREIGN KEY (mall_id, trip_id) REFERENCES handsfree.trip,
  CHECK ((proxy_id IS NULL) <> (step IS NULL))
);

CREATE TABLE handsfree.proxy (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  trip_id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  code_hash bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'used', 'revoked')),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, code_hash),
  FOREIGN KEY (mall_id, trip_id) REFERENCES handsfree.trip,
  CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX proxy_trip ON handsfree.proxy (mall_id, trip_id);

-- Every scan as it was made, once a request number; those with a number in the chain are the custody of the bag.
CREATE TABLE handsfree.scan (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  label text NOT NULL,
  bag_id uuid,
  move text NOT NULL CHECK (move IN ('seal', 'take', 'shelve', 'hand', 'back', 'lose', 'destroy')),
  staff_id uuid NOT NULL,
  staff_name text NOT NULL,
  shop_id uuid,
  desk_id uuid,
  shelf_id uuid,
  collection_id uuid,
  proxy_name text,
  at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  late boolean NOT NULL,
  barred boolean NOT NULL,
  outcome text NOT NULL,
  seq integer CHECK (seq > 0),
  state text,
  detail jsonb NOT NULL DEFAULT '{}',
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (mall_id, id),
  CHECK ((seq IS NULL) = (state IS NULL)),
  CHECK ((outcome IN ('accepted', 'gap')) = (seq IS NOT NULL)),
  FOREIGN KEY (mall_id, collection_id) REFERENCES handsfree.collection
);
CREATE INDEX scan_label ON handsfree.scan (mall_id, label, at);

CREATE TABLE handsfree.count (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  desk_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  staff_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, desk_id) REFERENCES handsfree.desk,
  CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX count_open_once ON handsfree.count (mall_id, desk_id) WHERE state = 'open';

CREATE TABLE handsfree.count_line (
  mall_id uuid NOT NULL,
  count_id uuid NOT NULL,
  label text NOT NULL,
  expected boolean NOT NULL,
  seen_at timestamptz,
  difference text CHECK (difference IN ('missing', 'extra', 'unknown')),
  PRIMARY KEY (mall_id, count_id, label),
  FOREIGN KEY (mall_id, count_id) REFERENCES handsfree.count
);

-- What a person must look at, once a kind and subject.
CREATE TABLE handsfree.exception (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('scan', 'missing', 'extra', 'unknown', 'too_long', 'to_store', 'to_return')),
  subject_id uuid NOT NULL,
  label text NOT NULL,
  bag_id uuid,
  detail jsonb NOT NULL DEFAULT '{}',
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_by uuid,
  note text,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, kind, subject_id, label),
  CHECK ((closed_at IS NULL) = (note IS NULL))
);
CREATE INDEX exception_open ON handsfree.exception (mall_id, id) WHERE closed_at IS NULL;

CREATE TABLE handsfree.claim (
  mall_id uuid NOT NULL,
  id uuid NOT NULL,
  bag_id uuid NOT NULL,
  trip_id uuid NOT NULL,
  member_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('lost', 'damaged', 'mismatch', 'incomplete')),
  words text NOT NULL CHECK (words <> ''),
  pictures text[] NOT NULL DEFAULT '{}',
  asked_minor bigint NOT NULL CHECK (asked_minor > 0),
  limit_minor bigint NOT NULL CHECK (limit_minor >= 0),
  currency text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'paid', 'withdrawn')),
  decided_minor bigint CHECK (decided_minor BETWEEN 1 AND limit_minor),
  decision text,
  decided_by uuid,
  decided_at timestamptz,
  paid_how text CHECK (paid_how IN ('wallet', 'by_hand')),
  paid_by uuid,
  paid_reference text,
  paid_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, bag_id) REFERENCES handsfree.bag,
  CHECK ((state IN ('approved', 'paid')) = (decided_minor IS NOT NULL)),
  CHECK ((state IN ('approved', 'rejected', 'paid')) = (decided_at IS NOT NULL)),
  CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);
CREATE UNIQUE INDEX claim_once ON handsfree.claim (mall_id, bag_id) WHERE state IN ('open', 'approved', 'paid');
CREATE INDEX claim_open ON handsfree.claim (mall_id, id) WHERE state IN ('open', 'approved');
