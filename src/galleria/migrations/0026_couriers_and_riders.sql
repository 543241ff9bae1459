-- Who carries goods to a door: the mall's own riders with their tasks, and courier companies with their quotes.
-- depends: 0007_value 0020_roles_on_the_move
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA riders;

CREATE TABLE riders.policy (
  mall_id uuid PRIMARY KEY REFERENCES malls.mall,
  automatic boolean NOT NULL,
  capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 100),
  attempts_max integer NOT NULL CHECK (attempts_max BETWEEN 1 AND 9),
  retry_minutes integer NOT NULL CHECK (retry_minutes BETWEEN 0 AND 1440),
  speed_m_per_min integer NOT NULL CHECK (speed_m_per_min BETWEEN 20 AND 2000),
  stop_minutes integer NOT NULL CHECK (stop_minutes BETWEEN 0 AND 60),
  near_m integer NOT NULL CHECK (near_m BETWEEN 10 AND 5000),
  changed_at timestamptz NOT NULL
);
COMMENT ON COLUMN riders.policy.near_m IS 'A picture counts as proof when it is taken so near to the door.';

CREATE TABLE riders.shift (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  staff_id uuid NOT NULL,
  name text NOT NULL,
  capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 100),
  route integer NOT NULL DEFAULT 0,
  lat double precision CHECK (lat BETWEEN -90 AND 90),
  lon double precision CHECK (lon BETWEEN -180 AND 180),
  seen_at timestamptz,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  CHECK ((lat IS NULL) = (lon IS NULL)),
  CHECK (ended_at IS NULL OR lat IS NULL)
);
COMMENT ON COLUMN riders.shift.route IS 'Counts changes of the rider''s tasks: a route computed for an older count is not taken.';
COMMENT ON COLUMN riders.shift.lat IS 'Where the rider was last, while there is something to carry; forgotten afterwards.';
CREATE UNIQUE INDEX shift_open ON riders.shift (mall_id, staff_id) WHERE ended_at IS NULL;

CREATE TABLE riders.errand (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  shipment_id uuid NOT NULL,
  member_id uuid NOT NULL,
  number text NOT NULL,
  title text NOT NULL,
  pieces integer NOT NULL CHECK (pieces >= 1),
  pickup jsonb NOT NULL,
  dropoff jsonb NOT NULL,
  ready_at timestamptz NOT NULL,
  window_from timestamptz NOT NULL,
  window_to timestamptz NOT NULL,
  code_hash bytea,
  code_tries integer NOT NULL DEFAULT 0 CHECK (code_tries >= 0),
  state text NOT NULL CHECK (state IN ('waiting', 'assigned', 'carrying', 'delivered', 'returning', 'returned',
                                       'cancelled')),
  staff_id uuid,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  reason text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  picked_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  CHECK (window_to >= window_from),
  CHECK ((staff_id IS NULL) = (state = 'waiting') OR state = 'cancelled'),
  CHECK ((ended_at IS NOT NULL) = (state IN ('delivered', 'returned', 'cancelled')))
);
CREATE UNIQUE INDEX errand_shipment ON riders.errand (mall_id, shipment_id)
  WHERE state NOT IN ('delivered', 'returned', 'cancelled');
CREATE INDEX errand_open ON riders.errand (mall_id, window_to, id)
  WHERE state NOT IN ('delivered', 'returned', 'cancelled');
CREATE INDEX errand_rider ON riders.errand (mall_id, staff_id, id);
CREATE INDEX errand_of_shipment ON riders.errand (mall_id, shipment_id, id);

CREATE TABLE riders.task (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  errand_id uuid NOT NULL,
  previous_id uuid,
  kind text NOT NULL CHECK (kind IN ('pickup', 'dropoff', 'giveback')),
  state text NOT NULL CHECK (state IN ('todo', 'doing', 'done', 'failed', 'cancelled')),
  staff_id uuid,
  stop jsonb NOT NULL,
  not_before timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  position integer NOT NULL DEFAULT 0,
  planned_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  reason text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  proof text CHECK (proof IN ('code', 'picture')),
  picture text,
  lat double precision,
  lon double precision,
  away_m integer,
  late_minutes integer CHECK (late_minutes >= 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, id),
  FOREIGN KEY (mall_id, errand_id) REFERENCES riders.errand,
  FOREIGN KEY (mall_id, previous_id) REFERENCES riders.task,
  CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled'))),
  CHECK (state <> 'failed' OR reason <> ''),
  CHECK (proof <> 'picture' OR picture IS NOT NULL)
);
COMMENT ON COLUMN riders.task.previous_id IS 'What must be over before this one: a chain from pickup to the door, or back.';
CREATE UNIQUE INDEX task_next ON riders.task (mall_id, previous_id) WHERE previous_id IS NOT NULL;
CREATE INDEX task_errand ON riders.task (mall_id, errand_id, id);
CREATE INDEX task_open ON riders.task (mall_id, staff_id, position) WHERE state IN ('todo', 'doing');

CREATE SCHEMA couriers;

CREATE TABLE couriers.policy (
  mall_id uuid PRIMARY KEY REFERENCES malls.mall,
  choose text NOT NULL CHECK (choose IN ('cheapest', 'fastest', 'preferred')),
  companies text[] NOT NULL,
  accept_minutes integer NOT NULL CHECK (accept_minutes BETWEEN 1 AND 120),
  tries_max integer NOT NULL CHECK (tries_max BETWEEN 1 AND 20),
  price_max_minor bigint CHECK (price_max_minor > 0),
  changed_at timestamptz NOT NULL
);
COMMENT ON COLUMN couriers.policy.companies IS 'Those the mall works with, the preferred first.';

CREATE TABLE couriers.request (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  shipment_id uuid NOT NULL,
  member_id uuid NOT NULL,
  number text NOT NULL,
  title text NOT NULL,
  pickup jsonb NOT NULL,
  dropoff jsonb NOT NULL,
  goods_minor bigint NOT NULL CHECK (goods_minor >= 0),
  weight_g integer NOT NULL CHECK (weight_g > 0),
  currency text NOT NULL,
  ready_at timestamptz NOT NULL,
  deliver_by timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('quoting', 'seeking', 'accepted', 'to_shop', 'picked', 'delivering', 'delivered',
                                       'returning', 'returned', 'cancelled', 'failed')),
  reason text NOT NULL DEFAULT '',
  tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  asked integer NOT NULL DEFAULT 0 CHECK (asked >= 0),
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  CHECK ((ended_at IS NOT NULL) = (state IN ('delivered', 'returned', 'cancelled', 'failed')))
);
CREATE UNIQUE INDEX request_shipment ON couriers.request (mall_id, shipment_id)
  WHERE state NOT IN ('delivered', 'returned', 'cancelled', 'failed');
CREATE INDEX request_of_shipment ON couriers.request (mall_id, shipment_id, id);
CREATE INDEX request_state ON couriers.request (mall_id, state, id);

CREATE TABLE couriers.quote (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  request_id uuid NOT NULL,
  company text NOT NULL,
  price_minor bigint CHECK (price_minor >= 0),
  minutes integer CHECK (minutes >= 0),
  token text NOT NULL DEFAULT '',
  cancel_minor bigint NOT NULL DEFAULT 0 CHECK (cancel_minor >= 0),
  return_minor bigint NOT NULL DEFAULT 0 CHECK (return_minor >= 0),
  why_not text,
  at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, request_id, company),
  FOREIGN KEY (mall_id, request_id) REFERENCES couriers.request,
  CHECK ((price_minor IS NULL) = (minutes IS NULL)),
  CHECK ((price_minor IS NULL) = (why_not IS NOT NULL))
);

CREATE TABLE couriers.run (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  request_id uuid NOT NULL,
  n integer NOT NULL CHECK (n >= 1),
  company text NOT NULL,
  state text NOT NULL CHECK (state IN ('quoted', 'offered', 'accepted', 'to_shop', 'picked', 'delivering', 'delivered',
                                       'returning', 'returned', 'cancelled')),
  reason text NOT NULL DEFAULT '',
  token text NOT NULL DEFAULT '',
  price_minor bigint NOT NULL CHECK (price_minor >= 0),
  tip_minor bigint NOT NULL DEFAULT 0 CHECK (tip_minor >= 0),
  tip_asked_minor bigint NOT NULL DEFAULT 0 CHECK (tip_asked_minor >= tip_minor),
  cancel_minor bigint NOT NULL DEFAULT 0 CHECK (cancel_minor >= 0),
  return_minor bigint NOT NULL DEFAULT 0 CHECK (return_minor >= 0),
  cost_minor bigint NOT NULL DEFAULT 0 CHECK (cost_minor >= 0),
  told_minor bigint CHECK (told_minor >= 0),
  reference text,
  cancel_why text CHECK (cancel_why IN ('not_accepted', 'asked', 'orphan')),
  courier_name text NOT NULL DEFAULT '',
  courier_phone text NOT NULL DEFAULT '',
  lat double precision,
  lon double precision,
  seen_at timestamptz,
  told_at timestamptz,
  asked_at timestamptz,
  asks integer NOT NULL DEFAULT 0,
  error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  offered_at timestamptz,
  accepted_at timestamptz,
  picked_at timestamptz,
  delivered_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (mall_id, id),
  UNIQUE (mall_id, request_id, n),
  FOREIGN KEY (mall_id, request_id) REFERENCES couriers.request,
  CHECK ((ended_at IS NOT NULL) = (state IN ('delivered', 'returned', 'cancelled'))),
  CHECK (ended_at IS NOT NULL OR cost_minor = 0)
);
COMMENT ON COLUMN couriers.run.told_minor IS 'What the company says it costs; another figure than ours is for a person to settle.';
CREATE UNIQUE INDEX run_live ON couriers.run (mall_id, request_id)
  WHERE state NOT IN ('delivered', 'returned', 'cancelled');
CREATE INDEX run_open ON couriers.run (asked_at) WHERE state NOT IN ('delivered', 'returned', 'cancelled');
CREATE INDEX run_company ON couriers.run (mall_id, company, created_at);

CREATE TABLE couriers.notice (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  company text NOT NULL,
  notice_id text NOT NULL,
  run_id uuid NOT NULL,
  state text NOT NULL,
  reason text NOT NULL DEFAULT '',
  outcome text NOT NULL CHECK (outcome IN ('moved', 'stale', 'orphan')),
  said_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (mall_id, company, notice_id),
  FOREIGN KEY (mall_id, run_id) REFERENCES couriers.run
);
CREATE INDEX notice_run ON couriers.notice (mall_id, run_id, received_at);

-- The sandbox's courier companies keep books of their own, as strangers would.
CREATE TABLE sandbox.courier_order (
  id uuid PRIMARY KEY,
  company text NOT NULL,
  their_number text NOT NULL,
  body jsonb NOT NULL,
  state text NOT NULL,
  price_minor bigint NOT NULL,
  tip_minor bigint NOT NULL DEFAULT 0,
  fee_minor bigint NOT NULL DEFAULT 0,
  step integer NOT NULL DEFAULT 0,
  next_at timestamptz,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE INDEX courier_order_next ON sandbox.courier_order (next_at) WHERE next_at IS NOT NULL;
