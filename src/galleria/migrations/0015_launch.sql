-- Going live: requests, who decided them, and from where on a second person decides.
-- depends: 0011_offers
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA launch;

CREATE TABLE launch.review (
  mall_id uuid NOT NULL REFERENCES malls.mall,
  id uuid NOT NULL,
  subject_kind text NOT NULL CHECK (subject_kind IN ('offer', 'coupon', 'price_rule')),
  subject_id uuid NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  merchant_id uuid,
  shop_ids uuid[] NOT NULL DEFAULT '{}',
  title_zh text NOT NULL,
  title_en text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'approved', 'rejected', 'withdrawn')),
  findings jsonb NOT NULL,
  needed_second boolean NOT NULL,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  reason text,
  PRIMARY KEY (mall_id, id),
  CHECK ((state = 'pending') = (decided_at IS NULL)),
  CHECK ((state = 'rejected') = (reason IS NOT NULL)),
  CONSTRAINT never_the_requester
    CHECK (NOT (needed_second AND state IN ('approved', 'rejected') AND decided_by = requested_by))
);
COMMENT ON COLUMN launch.review.shop_ids IS 'The shops of the subject, where it names any: their staff see the request.';
CREATE UNIQUE INDEX review_pending ON launch.review (mall_id, subject_kind, subject_id) WHERE state = 'pending';
CREATE INDEX review_subject ON launch.review (mall_id, subject_kind, subject_id, id);

CREATE TABLE launch.policy (
  mall_id uuid PRIMARY KEY REFERENCES malls.mall,
  limits jsonb NOT NULL,
  set_by uuid,
  set_at timestamptz NOT NULL
);
